/// Gathers tensors and texts and writes them as one safetensors file, to the same bytes every time.
///
/// Tensors lie by falling size of their numbers, then by name, so that each is aligned; metadata is sorted by key; the
/// header is padded with spaces to a multiple of 8. Unless told otherwise the writer adds a checksum of the whole file
/// under the metadata key "checksum" (`xxh64:` and 16 hexadecimal digits, which are taken as zeros when it is made).
public struct SafetensorsWriter: Sendable {
  private struct Tensor: Sendable {
    let name: String
    let dtype: TensorDType
    let shape: [Int]
    let bytes: [UInt8]
  }

  private var tensors: [String: Tensor] = [:]
  /// Text under names, which readers find under `__metadata__`.
  public var metadata: [String: String]
  /// Whether the file gets a checksum.
  public var writesChecksum = true

  /// A file without tensors yet.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// Adds a tensor, given by its bytes: little-endian, row by row.
  ///
  /// - Throws: `SafetensorsError.unwritable` for a name that was taken or is reserved, a negative or too large shape,
  ///   and a number of bytes that does not fit the shape.
  public mutating func add(_ name: String, dtype: TensorDType, shape: [Int], bytes: [UInt8]) throws {
    func wrong(_ reason: String) -> SafetensorsError { .unwritable(name: name, reason: reason) }
    if name == SafetensorsHeader.metadataKey { throw wrong("this name is kept for the metadata") }
    if tensors[name] != nil { throw wrong("there already is a tensor of this name") }
    guard let size = dtype.byteCount(shape: shape) else {
      throw wrong("the shape \(shape) is negative or too large to be held")
    }
    guard size == bytes.count else {
      throw wrong("\(dtype.rawValue) of shape \(shape) takes \(size) bytes, but there are \(bytes.count)")
    }
    tensors[name] = Tensor(name: name, dtype: dtype, shape: shape, bytes: bytes)
  }

  /// Adds a tensor, given by a pointer to its bytes, which are copied.
  public mutating func add(_ name: String, dtype: TensorDType, shape: [Int], bytes: UnsafeRawBufferPointer) throws {
    try add(name, dtype: dtype, shape: shape, bytes: Array(bytes))
  }

  /// Adds a float32 tensor, row by row.
  public mutating func add(_ name: String, shape: [Int], _ values: [Float]) throws {
    try add(name, dtype: .float32, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Adds a float64 tensor, row by row.
  public mutating func add(_ name: String, shape: [Int], _ values: [Double]) throws {
    try add(name, dtype: .float64, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Adds an int64 tensor, row by row.
  public mutating func add(_ name: String, shape: [Int], _ values: [Int64]) throws {
    try add(name, dtype: .int64, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// The whole file in memory.
  public func bytes() throws -> [UInt8] {
    let ordered = ordered()
    return ordered.reduce(into: try header(ordered)) { $0 += $1.bytes }
  }

  /// Writes the file whole or not at all; see `AtomicFile`.
  public func write(to path: String) throws {
    let ordered = ordered()
    let header = try header(ordered)
    try AtomicFile.write(to: path) { output in
      try output.write(header)
      for tensor in ordered { try output.write(tensor.bytes) }
    }
  }

  private func ordered() -> [Tensor] {
    tensors.values.sorted { left, right in
      if left.dtype.size != right.dtype.size { return left.dtype.size > right.dtype.size }
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
  }

  /// The length prefix and the padded JSON, the checksum in its place.
  private func header(_ ordered: [Tensor]) throws -> [UInt8] {
    var texts = metadata
    texts[SafetensorsChecksum.key] = writesChecksum ? SafetensorsChecksum.blank : metadata[SafetensorsChecksum.key]
    var root = JSONObject()
    if !texts.isEmpty {
      var sorted = JSONObject()
      for key in texts.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        sorted[key] = texts[key].map { .string($0) }
      }
      root[SafetensorsHeader.metadataKey] = .object(sorted)
    }
    var offset = 0
    for tensor in ordered {
      let end = offset + tensor.bytes.count
      root[tensor.name] = [
        "dtype": .string(tensor.dtype.rawValue),
        "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
        "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
      ]
      offset = end
    }
    var json = try JSONValue.object(root).utf8()
    json += Array(repeating: 0x20, count: (8 - json.count % 8) % 8)
    guard json.count <= SafetensorsFile.greatestHeader else {
      throw SafetensorsError.unwritable(
        name: ordered.first?.name ?? "", reason: "the header would be larger than the format allows")
    }
    var header = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    guard writesChecksum, let digits = SafetensorsChecksum.digits(in: header) else { return header }
    var hash = XXHash64()
    hash.update(header)
    for tensor in ordered { hash.update(tensor.bytes) }
    header.replaceSubrange(digits, with: SafetensorsChecksum.text(hash.digest).utf8.suffix(digits.count))
    return header
  }
}
