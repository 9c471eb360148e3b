import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTraining
import Testing

@Suite("Weights in files of other libraries")
struct TensorFileTests {
  private static let references =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    + "/References/"

  private static func network(dtype: DType = .float32) -> Sequential {
    Sequential {
      Linear(3, 2, dtype: dtype)
      BatchNorm(2, dtype: dtype)
      ReLU()
      Linear(2, 1, dtype: dtype)
    }
  }

  private static func state(_ network: Sequential) -> [[Double]] { network.parameters.map { $0.value.doubles } }

  @Test("A network of PyTorch's computes what it computed there, in float32 and in float64")
  func fromPyTorch() throws {
    let bytes = try MappedFile(path: Self.references + "pytorch_files/expected.json").withBytes { Array($0) }
    let numbers = try JSONValue(parsing: bytes).object!.object("outputs of net")
    let input = try numbers.array("input").map { $0.number! }
    let expected = try numbers.array("output").map { $0.number! }
    for dtype in [DType.float32, .float64] {
      let net = Self.network(dtype: dtype)
      let report = try net.load(PyTorchFile(path: Self.references + "pytorch_files/net.pt"))
      #expect(report.isComplete && report.matched.count == 8)
      let output = net(Tensor(input, shape: [3, 3], dtype: dtype)).doubles
      // PyTorch computed in float32, so its own numbers are right to some 1e-7 of the largest term.
      for (found, right) in zip(output, expected) { #expect(abs(found - right) < 1e-6, "\(found) \(right)") }
    }
  }

  @Test("Weights go out and in again bit for bit: state dicts, archives, safetensors")
  func roundTrip() throws {
    let net = Self.network()
    try net.initialize(seed: 3)
    let path = temporaryPath("weights")
    func again(_ save: () throws -> Void, _ file: () throws -> some TensorFile) throws {
      try save()
      let other = Self.network()
      try other.load(file())
      #expect(Self.state(other) == Self.state(net))
    }
    try again({ try net.save(pytorch: path) }, { try PyTorchFile(path: path) })
    try again({ try net.save(npz: path) }, { try NPZFile(path: path) })
    try again({ try net.save(to: path, input: [3]) }, { try SafetensorsFile(path: path) })
  }

  @Test("A file that does not fit is an error that says what differs, and changes nothing")
  func misfit() throws {
    let net = Sequential {
      Linear(3, 2)
      BatchNorm(2)
      ReLU()
      Linear(2, 2)
    }
    try net.initialize(seed: 1)
    let before = Self.state(net)
    let file = try PyTorchFile(path: Self.references + "pytorch_files/net.pt")
    let error = #expect(throws: LoadError.self) { try net.load(file) }
    #expect(error?.description.contains("'3.weight' is [2, 2] here, [1, 2] there") == true)
    #expect(Self.state(net) == before)
    #expect(try net.load(file, partly: true).matched.count == 6)
    #expect(Self.state(net) != before)
  }

  @Test("Tensors of every type go through .npy files; narrow and unsigned whole numbers become wider ones")
  func arrays() throws {
    let path = temporaryPath("array.npy")
    for dtype in DType.allCases {
      let tensor = Tensor([0, 1, 1, 0, 1, 1], shape: [3, 2], dtype: .float64).cast(to: dtype)
      try tensor.save(npy: path)
      let again = try Tensor(npy: path)
      #expect(again.dtype == (dtype == .bfloat16 ? .float32 : dtype))
      #expect(again.shape == [3, 2] && again.doubles == tensor.doubles)
    }
    for (name, dtype) in [("i1", DType.int32), ("u2", .int32), ("u4", .int64), ("u8", .int64), ("i2", .int32)] {
      let tensor = try Tensor(npy: Self.references + "numpy/\(name)-plain.npy")
      #expect(tensor.dtype == dtype)
      #expect(try tensor.doubles == NPYFile.read(Self.references + "numpy/\(name)-plain.npy").doubles)
    }
    let truth = try StoredTensor(dtype: .bool, shape: [3], bytes: [0, 1, 2])
    #expect(try Tensor(truth).doubles == [0, 1, 1])
    let large = try StoredTensor(dtype: .uint64, shape: [2], bytes: [1] + [UInt8](repeating: 0, count: 14) + [0x80])
    #expect(throws: TrainingError.self) { try Tensor(large) }
  }
}
