import GliaPlatform

/// How a text file of columns is read, where the file does not say it by itself. The defaults read nearly every file.
public struct CSVOptions: Sendable {
  /// Whether the first row holds the columns' names.
  public enum Header: String, Sendable {
    /// The first row is a header if none of its fields is a number, a date or a missing marker and below it some column
    /// holds numbers or dates. Where no column does: if its fields all differ, and none of them comes again in its column
    /// among the first hundred rows. The first field may be empty, and others too where a column that is named holds
    /// numbers or dates alone.
    case automatic
    case present, absent
  }

  /// How the file's bytes are text.
  public enum Encoding: String, Sendable {
    /// UTF-8, or UTF-16 where the file begins with its byte order mark.
    case automatic
    case utf8, utf16
    /// Western European, as older spreadsheets save it (Windows-1252).
    case latin1
  }

  /// Whether quotes enclose fields.
  public enum Quoting: String, Sendable {
    /// Quotes are read as quotes. Where that fails in a text separated by tabs, as it does when nobody escaped them,
    /// the whole file is read with quotes as ordinary characters.
    case automatic
    case always, never
  }

  /// The names of the columns of a file that has no header. A first row that repeats these names is taken as a header
  /// after all.
  public var names: [String]?
  public var header = Header.automatic
  /// Nil finds it among `,` `;` tab and `|`.
  public var delimiter: Character?
  /// `.` or `,`. Nil takes `,` where fields are not separated by commas and hold numbers such as `3,14` and none such
  /// as `3.14`.
  public var decimal: Character?
  /// The texts that stand for a missing value, quoted or not, without regard to blanks around them.
  public var missing = CSVOptions.defaultMissing
  /// Types by column name, where the inferred one is not wanted: `["zip": .category]`.
  public var types: [String: ColumnType] = [:]
  public var encoding = Encoding.automatic
  public var quoting = Quoting.automatic
  /// Whether `types` may name columns that the file has not.
  package var allowsUnknownTypes = false
  /// How much text is read in one piece by one thread. Results do not depend on it, nor on `threads`.
  package var partBytes = 1 << 18
  package var threads = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  public init() {}

  public static let defaultMissing = [
    "", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "?", "NaN", "nan", "None",
  ]
}

extension Table {
  /// Reads a table from a file of comma-, semicolon-, tab- or bar-separated text, gzip-compressed or not.
  ///
  /// Types are inferred from all rows: `integer` where every value is one without point or exponent, `number` where
  /// every value is a number, `boolean` for true and false, `date` for what `CivilTime.parse` reads, `text` where strings
  /// are long, of several words and mostly different (20 strings of 20 bytes and 4 words on average, no more than 20 rows to
  /// each; or more than 50 of 2 words that make up over half of the rows), else `category`.
  ///
  ///     let iris = try Table(csv: "iris.csv", names: ["sepal length", "sepal width", "petal length", "petal width",
  ///     "species"])
  ///
  /// - Parameters:
  ///   - names: the names of the columns of a file without a header.
  ///   - types: types by column name, where the inferred one is not wanted; a value that does not fit is then an error.
  /// - Throws: `TableError`, naming the file, and for a malformed row its line.
  /// - Complexity: one pass over the bytes, two where a column turns out to be text after it began with numbers; memory
  ///   for the columns, not for the text.
  public init(
    csv path: String, names: [String]? = nil, types: [String: ColumnType] = [:], options: CSVOptions = CSVOptions()
  ) throws(TableError) {
    try self.init(csvBytes: FileBytes(path), file: path, names: names, types: types, options: options)
  }

  /// Reads a table from text in memory, by the same rules; `file` is the name that errors give.
  public init(
    csvText text: String, file: String? = nil, names: [String]? = nil, types: [String: ColumnType] = [:],
    options: CSVOptions = CSVOptions()
  ) throws(TableError) {
    try self.init(csvBytes: FileBytes(copying: text.utf8), file: file, names: names, types: types, options: options)
  }

  package init(
    csvBytes bytes: FileBytes, file: String?, names: [String]?, types: [String: ColumnType], options: CSVOptions
  ) throws(TableError) {
    var options = options
    options.names = names ?? options.names
    options.types.merge(types) { _, new in new }
    self = try CSVReader(bytes, file: file, options: options).table()
  }
}
