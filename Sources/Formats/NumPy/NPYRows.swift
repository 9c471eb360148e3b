extension NPYFile {
  /// An array of which rows, the parts along its first axis, are read when they are asked for. It has to be in C order.
  ///
  ///     let rows = try NPYFile.Rows("large.npy")
  ///     let some = try rows.read(1000..<2000)        // [1000, …]
  public struct Rows: Sendable {
    public let dtype: TensorDType
    /// Of the whole array.
    public let shape: [Int]
    private let file: MappedFile
    private let start, rowBytes: Int
    private let isBigEndian: Bool

    /// - Throws: As `NPYFile.read` does, and ``TensorFileError`` for a scalar and for an array in Fortran's order.
    public init(_ path: String) throws {
      file = try MappedFile(path: path)
      let header = try file.withBytes { try NPYHeader($0, path: path) }
      (dtype, shape, start, isBigEndian) = (header.dtype, header.shape, header.dataStart, header.isBigEndian)
      guard let count = shape.first else {
        throw TensorFileError.malformed(file: path, format: "NumPy", rule: "it holds one number, no rows")
      }
      guard !header.isFortranOrder || shape.count == 1 else {
        throw TensorFileError.malformed(
          file: path, format: "NumPy",
          rule: "its rows lie apart, in Fortran's order; save numpy.ascontiguousarray(x) to read it by rows")
      }
      rowBytes = count == 0 ? 0 : file.withBytes { $0.count - header.dataStart } / count
    }

    /// How many rows there are.
    public var count: Int { shape[0] }

    /// Reads rows. Traps where a row is out of range, as an array does.
    public func read(_ rows: Range<Int>) -> StoredTensor {
      precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "Rows \(rows) of an array of \(count) rows.")
      let place = start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes
      var bytes = file.withBytes { Array($0[place]) }
      file.release(place)
      if isBigEndian { StridedView.swapBytes(&bytes, size: dtype.size) }
      return StoredTensor(checked: dtype, [rows.count] + shape.dropFirst(), bytes)
    }
  }
}
