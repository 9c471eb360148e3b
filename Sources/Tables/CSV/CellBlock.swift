/// Some hundred rows of fields, row after row, as the scanner found them: numbers already read, text as a place in the
/// file.
///
/// Columns are filled a block at a time, which keeps the decision on a column's type out of the loop over bytes.
final class CellBlock {
  enum Kind {
    static let missing: UInt8 = 0
    static let integer: UInt8 = 1
    static let number: UInt8 = 2
    static let text: UInt8 = 3
    /// Text with doubled quotes in it.
    static let escapedText: UInt8 = 4
  }

  let columns: Int
  let capacity: Int
  var rows = 0
  /// The bits of an Int64 or a Float64, or where text starts in the file.
  let values: UnsafeMutablePointer<UInt64>
  let lengths: UnsafeMutablePointer<Int>
  let kinds: UnsafeMutablePointer<UInt8>

  /// Room for the fields of some rows: by default as many as stay in a core's own cache.
  init(columns: Int, fields: Int = 16_384) {
    self.columns = columns
    capacity = max(1, fields / max(1, columns))
    values = .allocate(capacity: columns * capacity)
    lengths = .allocate(capacity: columns * capacity)
    kinds = .allocate(capacity: columns * capacity)
  }

  deinit {
    values.deallocate()
    lengths.deallocate()
    kinds.deallocate()
  }
}
