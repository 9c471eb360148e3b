/// One array in NumPy's own format, `.npy` (numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3.
///
///     let images = try NPYFile.read("images.npy")     // as stored; Tensor(npy:) gives a tensor
///     try NPYFile.write(images, to: "copy.npy")
///
/// Arrays of the other byte order and in Fortran's order are read into rows of little-endian numbers. What is not numbers or
/// truth values is refused by name; arrays of Python objects are pickles, which could run code.
public enum NPYFile {
  /// Reads a file.
  ///
  /// - Throws: `FileError` where it cannot be read, ``TensorFileError`` where it breaks a rule of the format, with the rule.
  public static func read(_ path: String) throws -> StoredTensor {
    try MappedFile(path: path).withBytes { try read($0, file: path) }
  }

  /// Takes a file's bytes from memory, with the same checks.
  public static func read(bytes: [UInt8]) throws -> StoredTensor {
    try bytes.withUnsafeBytes { try read($0, file: "the bytes") }
  }

  static func read(_ file: UnsafeRawBufferPointer, file path: String) throws -> StoredTensor {
    let header = try NPYHeader(file, path: path)
    let data = UnsafeRawBufferPointer(rebasing: file[header.dataStart...])
    let size = header.dtype.size
    var bytes: [UInt8]
    if header.isFortranOrder, header.shape.count > 1 {
      let strides = Array(StridedView.rowStrides(header.shape.reversed()).reversed())
      bytes = StridedView.copied(data, size: size, shape: header.shape, strides: strides, offset: 0)
    } else {
      bytes = Array(data)
    }
    if header.isBigEndian { StridedView.swapBytes(&bytes, size: size) }
    return StoredTensor(checked: header.dtype, header.shape, bytes)
  }

  /// Writes a file, whole or not at all: version 1, little-endian, row by row, the bytes that `numpy.save` writes.
  ///
  /// NumPy has no bfloat16; such numbers are written as float32, which holds each of them.
  public static func write(_ tensor: StoredTensor, to path: String) throws {
    try AtomicFile.write(bytes(of: tensor), to: path)
  }

  /// A file in memory.
  public static func bytes(of tensor: StoredTensor) throws -> [UInt8] {
    guard let code = NPYHeader.codes.first(where: { $0.value == tensor.dtype })?.key else {
      let floats = tensor.floats.withUnsafeBytes { Array($0) }
      return try bytes(of: StoredTensor(dtype: .float32, shape: tensor.shape, bytes: floats))
    }
    guard tensor.shape.count <= NPYHeader.greatestRank else {
      throw TensorFileError.unwritable(
        name: "", reason: "it has \(tensor.shape.count) axes; NumPy takes at most \(NPYHeader.greatestRank)")
    }
    return NPYHeader.bytes(descr: (tensor.dtype.size == 1 ? "|" : "<") + code, shape: tensor.shape) + tensor.bytes
  }
}
