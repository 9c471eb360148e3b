import GliaFormats
import GliaGraph
import GliaTables
import GliaTensors

/// Rows that are read in blocks when they are needed, such as those of files that are larger than the memory.
///
///     let rows = try NPYRows(inputs: "x.npy", targets: "y.npy")
///     try trainer.fit(streaming: rows, memory: 256 << 20, epochs: 5, batchSize: 128)
public protocol RowSource {
  var rowCount: Int { get }

  /// Reads rows that lie one after the other. All rows have the same shapes and types.
  func samples(_ rows: Range<Int>) throws -> Samples
}

/// The rows of two arrays of NumPy's, `.npy` in C order. Whole numbers in inputs become float32.
public struct NPYRows: RowSource {
  public let rowCount: Int
  private let inputs, targets: NPYFile.Rows

  /// - Throws: As `NPYFile.read` does, and ``TrainingError`` where the numbers of rows differ.
  public init(inputs: String, targets: String) throws {
    self.inputs = try NPYFile.Rows(inputs)
    self.targets = try NPYFile.Rows(targets)
    rowCount = self.inputs.count
    guard self.targets.count == rowCount else {
      throw TrainingError(
        "'\(inputs)' has \(rowCount) rows, '\(targets)' has \(self.targets.count): they have to agree.")
    }
  }

  public func samples(_ rows: Range<Int>) throws -> Samples {
    let x = try Tensor(inputs.read(rows))
    return try Samples(
      inputs: x.dtype.isFloatingPoint ? x : x.cast(to: .float32), targets: Tensor(targets.read(rows)))
  }
}

/// The images and labels of two IDX files that are not compressed. Pixels are divided by 255, labels are classes.
public struct IDXRows: RowSource {
  public let rowCount: Int
  private let images, labels: IDX.Rows

  /// - Throws: `TableError` where a file is no IDX file, or compressed; ``TrainingError`` where the numbers of rows differ.
  public init(images: String, labels: String) throws {
    self.images = try IDX.Rows(images)
    self.labels = try IDX.Rows(labels)
    rowCount = self.images.shape[0]
    guard self.labels.shape == [rowCount] else {
      throw TrainingError("'\(images)' has \(rowCount) rows, '\(labels)' has the shape \(self.labels.shape).")
    }
  }

  public func samples(_ rows: Range<Int>) throws -> Samples {
    let (images, labels) = (images.read(rows), labels.read(rows))
    let pixels = images.bytes.map { $0.map { Float($0) * (1 / 255) } } ?? images.floats
    return try Samples(
      inputs: Tensor(pixels, shape: Shape(images.shape)),
      targets: Tensor(labels.floats.map { Int32($0) }, shape: [rows.count]))
  }
}

/// The rows of a table of numbers in a text file (CSV), UTF-8 and not compressed. Opening it passes over the file once.
public struct CSVRows: RowSource {
  public let rowCount: Int
  private let table: CSVNumberRows
  private let inputs: Int
  private let areClasses: Bool

  /// Targets are numbers, [rows, targets].
  ///
  /// - Throws: `TableError` where the file is no table, a row is ragged, or a column is not there. What is no number is an error with
  ///   its line when its row is read.
  public init(
    _ path: String, inputs: [String], targets: [String], options: CSVOptions = CSVOptions()
  ) throws {
    try self.init(path, inputs, targets, areClasses: false, options)
  }

  /// Targets are classes, whole numbers from 0, [rows].
  public init(_ path: String, inputs: [String], classes: String, options: CSVOptions = CSVOptions()) throws {
    try self.init(path, inputs, [classes], areClasses: true, options)
  }

  private init(
    _ path: String, _ inputs: [String], _ targets: [String], areClasses: Bool, _ options: CSVOptions
  ) throws {
    guard !inputs.isEmpty, !targets.isEmpty else {
      throw TrainingError(
        "'\(path)' is to be streamed with \(inputs.count) inputs and \(targets.count) targets; name one each.")
    }
    table = try CSVNumberRows(path, columns: inputs + targets, options: options)
    rowCount = table.count
    self.inputs = inputs.count
    self.areClasses = areClasses
  }

  public func samples(_ rows: Range<Int>) throws -> Samples {
    let numbers = try table.read(rows)
    let all = Tensor(numbers, shape: [rows.count, table.columns.count])
    let targets = all.sliced(inputs..<table.columns.count, axis: 1)
    guard areClasses else {
      return try Samples(inputs: all.sliced(0..<inputs, axis: 1), targets: targets)
    }
    for row in 0..<rows.count {
      let code = numbers[row * table.columns.count + inputs]
      guard Int32(exactly: code) != nil, code >= 0 else {
        throw TrainingError(
          "Row \(rows.lowerBound + row): the class in '\(table.columns[inputs])' is \(code), no whole number from 0.")
      }
    }
    return try Samples(
      inputs: all.sliced(0..<inputs, axis: 1), targets: targets.reshaped([rows.count]).cast(to: .int32))
  }
}
