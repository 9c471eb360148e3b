/// What is wrong with the rows, labels or settings that were given to a `Perceptron` or an `MLP`.
public enum SampleError: Error, Equatable, CustomStringConvertible {
  /// There is nothing to learn from.
  case noRows
  /// The rows have no numbers in them.
  case noColumns
  /// A row is longer or shorter than the first one.
  case raggedRow(row: Int, expected: Int, found: Int)
  /// A flat list of numbers cannot be cut into rows of this many columns.
  case unevenFeatures(count: Int, columns: Int)
  /// The rows have another number of columns than those that were learned from.
  case columnCount(expected: Int, found: Int)
  /// A number is NaN or infinite.
  case notFinite(row: Int, column: Int, value: Double)
  /// There is not one label or target for each row.
  case labelCount(rows: Int, labels: Int)
  /// All rows are of one class, so that there is nothing to tell apart.
  case oneClass(Int)
  /// A label that is not among the classes.
  case unknownClass(row: Int, label: Int, classes: [Int])
  /// A setting is out of its range.
  case setting(name: String, value: String, allowed: String)
  /// Nothing was learned yet.
  case notFitted
  /// The numbers grew beyond the range of a `Double` at this row.
  case overflow(row: Int)

  public var description: String {
    switch self {
    case .noRows: "there are no rows to learn from"
    case .noColumns: "the rows are empty; each needs at least one number"
    case .raggedRow(let row, let expected, let found):
      "row \(row) has \(found) numbers, but the first row has \(expected); all rows need the same number"
    case .unevenFeatures(let count, let columns):
      "\(count) numbers cannot be cut into rows of \(columns) columns; the columns have to divide the count"
    case .columnCount(let expected, let found):
      "the rows have \(found) columns, but \(expected) are expected"
    case .notFinite(let row, let column, let value):
      "row \(row), column \(column) is \(value); fill or drop missing values first"
    case .labelCount(let rows, let labels):
      "there are \(rows) rows but \(labels) labels; each row needs one"
    case .oneClass(let label):
      "all labels are \(label); at least two classes are needed to tell apart"
    case .unknownClass(let row, let label, let classes):
      "row \(row) has the label \(label), which is not among the classes \(classes)"
    case .setting(let name, let value, let allowed):
      "\(name) is \(value); it has to be \(allowed)"
    case .notFitted: "nothing was learned yet; call fit first"
    case .overflow(let row):
      "the weighted sum grew beyond the range of a Double at row \(row); scale the features or lower the learning rate"
    }
  }

  /// The first number of a flat, row-major list that is not finite, as an error.
  static func firstNotFinite(_ features: [Double], columns: Int) -> SampleError? {
    features.firstIndex { !$0.isFinite }.map {
      .notFinite(row: $0 / columns, column: $0 % columns, value: features[$0])
    }
  }

  /// The rows one after the other, or an error if they are empty or differ in length.
  static func flatten(_ rows: [[Double]]) throws(SampleError) -> (features: [Double], columns: Int) {
    guard let columns = rows.first?.count else { throw .noRows }
    if columns == 0 { throw .noColumns }
    var features: [Double] = []
    features.reserveCapacity(rows.count * columns)
    for (index, row) in rows.enumerated() {
      if row.count != columns { throw .raggedRow(row: index, expected: columns, found: row.count) }
      features += row
    }
    return (features, columns)
  }
}
