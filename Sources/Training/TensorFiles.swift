import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors

extension Tensor {
  /// The tensor of a file. Whole numbers of 8 and 16 bits become int32, unsigned ones of more bits int64.
  ///
  /// - Throws: ``TrainingError`` for a whole number that int64 does not hold.
  public init(_ stored: StoredTensor) throws {
    let dtype: DType
    var bytes = stored.bytes
    switch stored.dtype {
    case .float64, .float32, .float16, .bfloat16, .int64, .int32:
      dtype = DType.allCases.first { $0.fileType == stored.dtype }!
    case .bool:
      dtype = .bool
      for i in bytes.indices where bytes[i] > 1 { bytes[i] = 1 }
    case .int8, .int16, .uint8, .uint16:
      dtype = .int32
      bytes = stored.doubles.map { Int32($0) }.withUnsafeBytes { Array($0) }
    case .uint32:
      dtype = .int64
      bytes = stored.doubles.map { Int64($0) }.withUnsafeBytes { Array($0) }
    case .uint64:
      dtype = .int64
      let negative = stride(from: 7, to: bytes.count, by: 8).first { bytes[$0] >= 0x80 }
      if let negative {
        throw TrainingError("Number \(negative / 8) of the unsigned numbers is larger than int64 holds.")
      }
    }
    let type = TensorType(Shape(stored.shape), dtype)
    let buffer = Buffer(byteCount: type.byteCount)
    bytes.withUnsafeBytes { buffer.bytes.copyMemory(from: .init(start: $0.baseAddress, count: $0.count)) }
    self.init(.make(Constant(buffer, type)))
  }

  /// Reads an array that NumPy saved, `.npy`.
  ///
  ///     let x = try Tensor(npy: "x.npy")
  ///
  /// - Throws: As `NPYFile.read` does.
  public init(npy path: String) throws { try self.init(NPYFile.read(path)) }

  /// Writes an array that `numpy.load` takes, whole or not at all. bfloat16 becomes float32, since NumPy has none.
  public func save(npy path: String) throws { try NPYFile.write(StoredTensor(self), to: path) }
}

extension StoredTensor {
  /// The tensor's numbers as files hold them.
  public init(_ tensor: Tensor) {
    let buffer = tensor.buffer
    let bytes = Array(UnsafeRawBufferPointer(start: buffer.address, count: tensor.node.type.byteCount))
    do {
      try self.init(dtype: tensor.dtype.fileType, shape: tensor.shape.dimensions, bytes: bytes)
    } catch { fatalError("\(error)") }  // a tensor's memory has the size of its shape
  }
}

extension TensorFile {
  /// Reads the tensor of this name.
  public func tensor(_ name: String) throws -> Tensor {
    do { return try Tensor(stored(name)) } catch let error as TrainingError {
      throw TrainingError("'\(name)': \(error)")
    }
  }

  /// Reads all tensors, in the file's order.
  public func tensors() throws -> [(name: String, value: Tensor)] { try names.map { ($0, try tensor($0)) } }
}

extension Module {
  /// Takes over the weights of a file by name.
  ///
  ///     try net.load(PyTorchFile(path: "net.pt"))
  ///     try net.load(NPZFile(path: "net.npz"))
  ///     try net.load(SafetensorsFile(path: "net.safetensors"))
  ///
  /// Numbers are converted to the types that the parameters have.
  ///
  /// - Parameter partly: Whether to load what fits where not everything does.
  /// - Throws: `LoadError` where something is missing, too much or of another shape, unless `partly`; nothing is changed then.
  @discardableResult
  public func load(_ file: some TensorFile, partly: Bool = false) throws -> LoadReport {
    try load(file.tensors(), partly: partly)
  }

  /// Writes the weights as a state dict: `torch.load(path, weights_only=True)` gives what `load_state_dict` takes. A parameter
  /// in several places stands there under each of its names.
  ///
  /// - Throws: `FileError` where the file cannot be written; the old one then stays as it was.
  public func save(pytorch path: String) throws {
    let all = stateDictionary() + sharedParameters.map { ($0.name, $0.parameter.value) }
    try PyTorchFile.write(all.map { ($0.name, StoredTensor($0.value)) }, to: path)
  }

  /// Writes the weights as an archive of arrays that `numpy.load` takes.
  ///
  /// - Throws: `FileError` where the file cannot be written; the old one then stays as it was.
  public func save(npz path: String) throws {
    try NPZFile.write(stateDictionary().map { ($0.name, StoredTensor($0.value)) }, to: path)
  }
}
