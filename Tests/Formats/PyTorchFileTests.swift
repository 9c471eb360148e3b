import Testing

@testable import GliaFormats

@Suite("PyTorch files")
struct PyTorchFileTests {
  private static func file(_ name: String, under key: String? = nil) throws -> PyTorchFile {
    try PyTorchFile(path: Reference.folder + "pytorch_files/\(name).pt", under: key)
  }

  /// A file with this pickle and one storage of four float32 zeros.
  private static func bytes(_ pickle: [UInt8], storage: Int = 16) throws -> [UInt8] {
    var (zip, result) = (ZipWriter(), [UInt8]())
    try zip.add("a/data.pkl", pickle) { result += $0 }
    try zip.add("a/data/0", [UInt8](repeating: 0, count: storage)) { result += $0 }
    try zip.finish { result += $0 }
    return result
  }

  /// The error that a pickle gives.
  private static func refusal(_ pickle: [UInt8], storage: Int = 16) throws -> String {
    let bytes = try bytes(pickle, storage: storage)
    let error = #expect(throws: TensorFileError.self) { try PyTorchFile(bytes: bytes) }
    return error?.description ?? ""
  }

  @Test(
    "Files of torch.save are read: types, views, shared storages, modules' states, checkpoints, parameters",
    arguments: ["types", "views", "net", "checkpoint", "parameter"])
  func referenceFiles(name: String) throws {
    let file = try Self.file(name)
    let expected = try Reference.json("pytorch_files/expected.json").array(name).map { $0.object! }
    #expect(try file.names == expected.map { try $0.string("name") })
    for entry in expected {
      let tensor = try file.stored(entry.string("name"))
      #expect("\(tensor.dtype)" == (try entry.string("dtype")))
      #expect(try tensor.shape == entry.integers("shape"), "\(entry)")
      #expect(try tensor.doubles == entry.doubles("values"), "\(entry)")
    }
  }

  @Test("A state dict within a checkpoint is taken by its key")
  func underKey() throws {
    let (part, whole) = (try Self.file("checkpoint", under: "model"), try Self.file("net"))
    #expect(part.names == whole.names)
    #expect(try tensors(part) == tensors(whole))
    let error = #expect(throws: TensorFileError.self) { try Self.file("checkpoint", under: "net") }
    #expect(error?.description.contains("no tensor under 'net'; it has model.0.weight") == true)
  }

  @Test(
    "What is no state dict is refused by name",
    arguments: [
      ("module", "'torch.nn.modules.container.Sequential'"), ("numpy", "'numpy._core.multiarray._reconstruct'"),
      ("function", "'__builtin__.getattr'"), ("old", "PyTorch before 1.6"),
    ])
  func refused(name: String, words: String) {
    let error = #expect(throws: TensorFileError.self) { try Self.file("refused-\(name)") }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("What is written is read back in every type, to the same bytes each time")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let all = try TensorDType.allCases.filter { ![.uint64, .uint32, .uint16].contains($0) }.map { dtype in
      ("ü.\(dtype)", try StoredTensor(dtype: dtype, shape: [2, 1], bytes: (0..<2 * dtype.size).map { UInt8($0 % 2) }))
    }
    let none = try StoredTensor(dtype: .float32, shape: [3, 0], bytes: [])
    let path = folder.path + "/a.pt"
    try PyTorchFile.write(all + [("none", none)], to: path)
    let file = try PyTorchFile(path: path)
    #expect(file.names == all.map(\.0) + ["none"])
    for (name, tensor) in all + [("none", none)] { #expect(try file.stored(name) == tensor) }
    let first = try MappedFile(path: path).withBytes { Array($0) }
    try PyTorchFile.write(all + [("none", none)], to: path)
    #expect(try MappedFile(path: path).withBytes { Array($0) } == first)
    let unsigned = try StoredTensor(dtype: .uint32, shape: [], bytes: [0, 0, 0, 0])
    #expect(throws: TensorFileError.self) { try PyTorchFile.write([("a", unsigned)], to: path) }
    #expect(throws: TensorFileError.self) { try PyTorchFile.write([("a", none), ("a", none)], to: path) }
  }

  @Test("A tensor that reaches out of its storage, repeats it without end, or has no storage is refused")
  func views() throws {
    func pickle(offset: Int = 0, shape: [Int], strides: [Int], key: String = "0", count: Int = 4) -> [UInt8] {
      func number(_ value: Int) -> [UInt8] { [0x8A, 8] + withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) } }
      func text(_ text: String) -> [UInt8] { [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
      func tuple(_ parts: [UInt8]) -> [UInt8] { Array("(".utf8) + parts + Array("t".utf8) }
      let storage = tuple(
        text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text(key) + text("cpu") + number(count))
      let tensor = tuple(
        storage + Array("Q".utf8) + number(offset) + tuple(shape.flatMap(number)) + tuple(strides.flatMap(number))
          + [0x89] + Array("ccollections\nOrderedDict\n)R".utf8))
      return [0x80, 2] + Array("}".utf8) + text("w") + Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + tensor
        + Array("Rs.".utf8)
    }
    #expect(try PyTorchFile(bytes: Self.bytes(pickle(shape: [2, 2], strides: [2, 1]))).stored("w").count == 4)
    #expect(try PyTorchFile(bytes: Self.bytes(pickle(offset: 3, shape: [9], strides: [0]))).stored("w").count == 9)
    #expect(try PyTorchFile(bytes: Self.bytes(pickle(offset: 9, shape: [0], strides: [9]))).stored("w").count == 0)
    for (offset, shape, strides) in [
      (1, [4], [1]), (0, [2, 2], [3, 1]), (4, [], []), (.max, [2], [1]), (0, [3], [.max]), (0, [2, 2], [.max, .max]),
    ] {
      let words = try Self.refusal(pickle(offset: offset, shape: shape, strides: strides))
      #expect(words.contains("reaches out of its storage"), "\(words)")
    }
    #expect(try Self.refusal(pickle(shape: [1 << 40], strides: [0])).contains("repeat 16 stored bytes"))
    #expect(try Self.refusal(pickle(shape: [1 << 40, 1 << 40], strides: [0, 0])).contains("too large to be held"))
    #expect(try Self.refusal(pickle(shape: [-1], strides: [1])).contains("none of them negative"))
    #expect(try Self.refusal(pickle(shape: [1], strides: [-1])).contains("none of them negative"))
    #expect(try Self.refusal(pickle(shape: [1], strides: [1], key: "1")).contains("'1' of the tensor 'w' is missing"))
    #expect(try Self.refusal(pickle(shape: [1], strides: [1], count: 5)).contains("should have 5 numbers"))
  }

  @Test("Pickles that nest without end, repeat themselves, or call anything are refused, and nothing traps")
  func hostilePickles() throws {
    func text(_ pickle: String) -> [UInt8] { Array(pickle.utf8) }
    // A million tuples in one another; a dictionary that holds itself; one that holds the next twice, forty times.
    let deep = text(")") + [UInt8](repeating: 0x85, count: 1_000_000) + text(".")
    #expect(try Self.refusal(deep).contains("it holds a tuple"))
    let lists = text("}K\u{1}") + [UInt8](repeating: 0x5D, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999)
    #expect(try Self.refusal(lists + text("s.")).contains("more than 64 deep"))
    #expect(try Self.refusal(text("}q\0K\u{1}h\0s.")).contains("over and over"))
    let opened = (1...40).reversed().flatMap { text("}q") + [UInt8($0)] + text("K\u{1}") } + text("}q\0")
    let filled = (0..<40).flatMap { text("sK\u{2}h") + [UInt8($0)] + text("s") }
    #expect(try Self.refusal(opened + filled + text(".")).contains("over and over"))
    let system = text("cos\nsystem\n(X\u{2}\0\0\0lstR.")
    #expect(try Self.refusal(system).contains("'os.system', which is code of its own"))
    #expect(try Self.refusal([0x80, 4] + text("}.")).contains("protocol 4"))
    #expect(try Self.refusal(text("I1\n.")).contains("0x49 ('I')"))
    #expect(try Self.refusal(text("s.")).contains("a value is missing"))
    #expect(try Self.refusal(text("t.")).contains("a mark is missing"))
    #expect(try Self.refusal(text("}h\u{7}.")).contains("nothing was kept under 7"))
    #expect(try Self.refusal(text("}.}")).contains("something follows"))
    #expect(try Self.refusal(text("X\u{7F}\u{7F}\u{7F}\u{7F}a.")).contains("cut short"))
    #expect(try Self.refusal(text("]}s.")).contains("a value is missing"))
  }

  @Test("Damaged files are errors, or give what they gave before", arguments: [UInt64(5)])
  func damaged(seed: UInt64) throws {
    let bytes = try Reference.bytes("pytorch_files/parameter.pt")
    let whole = try tensors(PyTorchFile(bytes: bytes))
    damage(bytes, seed: seed, read: { try tensors(PyTorchFile(bytes: $0)) }, isRight: { $0 == whole })
  }

  @Test("Damaged pickles are errors, or tensors that fill their shape", arguments: [UInt64(6)])
  func damagedPickles(seed: UInt64) throws {
    let archive = try ZipArchive(
      .held(Reference.bytes("pytorch_files/parameter.pt")), path: "a", format: "PyTorch")
    let pickle = try archive.withBytes(of: archive["parameter/data.pkl"]!) { Array($0) }
    damage(pickle, seed: seed, read: { try tensors(PyTorchFile(bytes: Self.bytes($0, storage: 8))) }) { tensors in
      tensors.values.allSatisfy { $0.dtype.byteCount(shape: $0.shape) == $0.bytes.count }
    }
  }
}
