/// Reads a file into columns: layout first, then all rows, then once more for columns that turned into text late.
struct CSVReader {
  private let source: FileBytes
  private let file: String?
  private let options: CSVOptions

  init(_ source: FileBytes, file: String?, options: CSVOptions) {
    self.source = source
    self.file = file
    self.options = options
  }

  func table() throws(TableError) -> Table {
    guard source.count > 0 else {
      throw TableError(.empty, "is empty (0 bytes); a table has rows", file: file)
    }
    let (text, start) = try TextDecoding.utf8(source, options.encoding, file: file)
    guard text.count > start else {
      throw TableError(.empty, "is empty; a table has rows", file: file)
    }
    let sniffer = CSVSniffer(bytes: text.bytes, file: file, options: options)
    guard options.quoting != .never else {
      return try read(text, sniffer.layout(from: start, quote: nil))
    }
    do {
      return try read(text, sniffer.layout(from: start, quote: 0x22))
    } catch  where options.quoting == .automatic && (error.kind == .malformedQuote || error.kind == .unterminatedQuote)
    {
      let layout = try sniffer.layout(from: start, quote: nil)
      guard layout.dialect.delimiter == 0x09 else { throw error }
      return try read(text, layout)
    }
  }

  private func read(_ text: FileBytes, _ layout: CSVLayout) throws(TableError) -> Table {
    if !options.allowsUnknownTypes, let name = options.types.keys.sorted().first(where: { !layout.names.contains($0) })
    {
      let hint = nearest(to: name, among: layout.names).map { "; did you mean '\($0)'?" } ?? ""
      throw TableError(.unknownColumn, "a type is given for '\(name)', but there is no such column\(hint)", file: file)
    }
    let builders = layout.names.map { ColumnBuilder($0, declared: options.types[$0]) }
    var pass = CSVPass(
      text, layout, file: file, builders: builders, chosen: Array(builders.indices), options: options)
    let lines = try pass.run()
    if builders.contains(where: \.needsSecondPass) {
      let late = builders.indices.filter { builders[$0].needsSecondPass }
      for index in late { builders[index].beginSecondPass() }
      var again = CSVPass(text, layout, file: file, builders: builders, chosen: late, options: options)
      _ = try again.run()
    }
    var columns: [Column] = []
    for builder in builders { columns.append(try builder.column(lines, file: file)) }
    return try Table(columns, source: Table.Source(file: file ?? "the table", lines: lines, rows: nil))
  }
}
