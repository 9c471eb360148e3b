import Testing

@testable import GliaFormats

/// The folder of numbers that other libraries made.
private let references =
  #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  + "/References/safetensors/"

private func referenceNumbers() throws -> JSONObject {
  try JSONValue(parsing: MappedFile(path: references + "reference.json").withBytes { Array($0) }).object!
}

/// A file with one tensor of each kind of size, and metadata.
private func small(checksum: Bool = true) throws -> [UInt8] {
  var writer = SafetensorsWriter(metadata: ["b": "2", "a": "1"])
  writer.writesChecksum = checksum
  try writer.add("w", shape: [2, 1], [1.5, -2] as [Float])
  try writer.add("u", dtype: .uint8, shape: [3], bytes: [1, 2, 3])
  try writer.add("n", shape: [], [7] as [Int64])
  return try writer.bytes()
}

/// A file with this header and this many bytes of data.
private func file(_ header: String, data: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
    + Array(repeating: 0, count: data)
}

@Suite("safetensors")
struct SafetensorsTests {
  @Test("A file of the reference writer is read: every tensor, and the metadata")
  func referenceFile() throws {
    let file = try SafetensorsFile(path: references + "reference.safetensors")
    let expected = try referenceNumbers().object("tensors")
    #expect(Set(file.entries.map(\.name)) == Set(expected.keys))
    for member in expected.members {
      let values = try #require(member.value.array).map { $0.number! }
      #expect(try file.doubles(member.key) == values)
      #expect(try file.floats(member.key) == values.map { Float($0) })
    }
    #expect(file["weight"]?.shape == [2, 3] && file["steps"]?.shape == [] && file["none"]?.shape == [0, 4])
    #expect(file["half"]?.dtype == .float16 && file["half"]?.count == 3)
    #expect(file.metadata == ["format": "np", "note": "é \"q\""])
  }

  @Test("XXH64 gives the digests of the reference implementation, in one piece or in many")
  func checksumDigests() throws {
    for row in try referenceNumbers().array("xxh64") {
      let size = try row.object!.integer("size")
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: 7 * $0 + 3) }
      let expected = try SafetensorsChecksum.prefix + row.object!.string("digest")
      for piece in [1, 5, 32, 1000] {
        var hash = XXHash64()
        for start in stride(from: 0, to: size, by: piece) {
          hash.update(Array(bytes[start..<min(size, start + piece)]))
        }
        #expect(SafetensorsChecksum.text(hash.digest) == expected, "\(size) bytes in pieces of \(piece)")
      }
    }
  }

  @Test("All half-precision numbers are converted as NumPy converts them")
  func halves() throws {
    var hash = XXHash64()
    for bits in UInt16.min...UInt16.max {
      let value = HalfPrecision.float(float16: bits)
      let finite: Float = value.isNaN ? 12345 : value.isInfinite ? (value > 0 ? 1e9 : -1e9) : value
      withUnsafeBytes(of: finite) { hash.update($0) }
    }
    let expected = try SafetensorsChecksum.prefix + referenceNumbers().string("halves")
    #expect(SafetensorsChecksum.text(hash.digest) == expected)
  }

  @Test("The writer's bytes are fixed: falling alignment, then name, sorted metadata, padded header")
  func writtenBytes() throws {
    let bytes = try small(checksum: false)
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
      + #""w":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"#
      + #""u":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(String(decoding: bytes[8..<8 + padded.utf8.count], as: UTF8.self) == padded)
    #expect(bytes[0] == UInt8(padded.utf8.count))
    #expect(Array(bytes[(8 + padded.utf8.count)...]) == [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 63, 0, 0, 0, 192, 1, 2, 3])
    #expect(try small() == small())
  }

  @Test("What is written is read back, from memory and from a file, in every dtype")
  func roundTrip() throws {
    var writer = SafetensorsWriter(metadata: ["checksum": "is replaced", "α": "β\n"])
    for dtype in TensorDType.allCases {
      try writer.add("t.\(dtype)", dtype: dtype, shape: [2], bytes: (0..<2 * dtype.size).map { UInt8($0 % 2) })
    }
    try writer.add("empty", shape: [0], [] as [Float])
    let folder = try TemporaryFolder()
    try writer.write(to: folder.path + "/all.safetensors")
    let bytes = try MappedFile(path: folder.path + "/all.safetensors").withBytes { Array($0) }
    #expect(bytes == (try writer.bytes()))
    let file = try SafetensorsFile(path: folder.path + "/all.safetensors", checksum: .required)
    #expect(file.entries.map(\.dtype.size) == file.entries.map(\.dtype.size).sorted(by: >))
    for dtype in TensorDType.allCases {
      let stored = try file.withBytes(of: "t.\(dtype)") { bytes in
        #expect(Int(bitPattern: bytes.baseAddress) % dtype.size == 0, "each tensor is aligned")
        return Array(bytes)
      }
      #expect(stored == (0..<2 * dtype.size).map { UInt8($0 % 2) })
      #expect(try file.floats("t.\(dtype)").count == 2)
      #expect(try file.floats("t.\(dtype)") == file.doubles("t.\(dtype)").map { Float($0) })
    }
    #expect(file.metadata["α"] == "β\n")
    #expect(try file.floats("t.bool") == [0, 1])
    #expect(try file.doubles("t.int16") == [256, 256])
  }

  @Test("A file cut short at any byte is refused")
  func truncations() throws {
    let bytes = try small(checksum: false)
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self, "cut to \(length)") {
        try SafetensorsFile(bytes: Array(bytes[..<length]))
      }
    }
  }

  @Test("With its checksum required, a file with any one byte changed is refused")
  func changes() throws {
    let bytes = try small()
    _ = try SafetensorsFile(bytes: bytes, checksum: .required)
    for place in bytes.indices {
      for change: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
        var changed = bytes
        changed[place] ^= change
        #expect(throws: SafetensorsError.self, "byte \(place) changed by \(change)") {
          try SafetensorsFile(bytes: changed, checksum: .required)
        }
      }
    }
  }

  @Test("A changed byte of data is noticed where the checksum is looked at, and only there")
  func changedData() throws {
    var bytes = try small()
    bytes[bytes.count - 1] ^= 1
    #expect(throws: SafetensorsError.changed(file: "the bytes")) { try SafetensorsFile(bytes: bytes) }
    #expect(try SafetensorsFile(bytes: bytes, checksum: .ignored).doubles("u") == [1, 2, 2])
    let without = try small(checksum: false)
    #expect(try SafetensorsFile(bytes: without).doubles("u") == [1, 2, 3])
    #expect(throws: SafetensorsError.noChecksum(file: "the bytes")) {
      try SafetensorsFile(bytes: without, checksum: .required)
    }
  }

  @Test(
    "Each rule of the format is kept, and the message names what is wrong",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes follow the last tensor"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves a hole"),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}}"#,
        9, "tensor 'b' leaves a hole"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
        6, "tensor 'b' overlaps"
      ),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole numbers from 0"),
      (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "whole numbers from 0"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "a beginning and an end"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, "a beginning and an end"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 4, "a beginning and an end"),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "too large"),
      (#"{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "too large"),
      (#"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}"#, 1, "dtype 'F4' is not known"),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "'data_offsets' is missing"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, "nothing else"),
      (#"{"a":[1]}"#, 0, "should be an object"),
      (#"{"__metadata__":{"a":1}}"#, 0, "should be text"),
      (#"{"__metadata__":"a"}"#, 0, "should be an object"),
      (#"{"__metadata__":{"a":"1","a":"1"}}"#, 0, "stands twice"),
      (#" {}"#, 0, "begin with '{'"), ("{}\u{0}", 0, "does not end with '}'"), ("{}\n", 0, "does not end with '}'"),
      ("", 0, "begin with '{'"), ("[]", 0, "begin with '{'"), ("{}}", 0, "nothing may follow"),
      (#"{"a":"# + String(repeating: "[", count: 100) + "}", 0, "64 levels"),
    ])
  func rules(header: String, data: Int, message: String) {
    #expect {
      try SafetensorsFile(bytes: file(header, data: data))
    } throws: { error in
      guard case .malformed? = error as? SafetensorsError else { return false }
      return "\(error)".contains(message)
    }
  }

  @Test("A header that claims to be huge is refused before anything is read")
  func hugeHeader() {
    for length: UInt64 in [100_000_001, .max, 1 << 63] {
      let bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array("{}".utf8)
      #expect(throws: SafetensorsError.self) { try SafetensorsFile(bytes: bytes) }
    }
  }

  @Test("A file without tensors is a file")
  func noTensors() throws {
    #expect(try SafetensorsFile(bytes: file("{}", data: 0)).entries.isEmpty)
    #expect(try SafetensorsFile(bytes: file("{}   ", data: 0)).metadata.isEmpty)
    #expect(try SafetensorsFile(bytes: SafetensorsWriter().bytes(), checksum: .required).entries.isEmpty)
  }

  @Test("The writer refuses a name twice, the reserved name, and bytes that do not fit the shape")
  func unwritable() throws {
    var writer = SafetensorsWriter()
    try writer.add("a", shape: [1], [1] as [Float])
    #expect(throws: SafetensorsError.self) { try writer.add("a", shape: [1], [1] as [Float]) }
    #expect(throws: SafetensorsError.self) { try writer.add("__metadata__", shape: [1], [1] as [Float]) }
    #expect(throws: SafetensorsError.self) { try writer.add("b", shape: [2], [1] as [Float]) }
    #expect(throws: SafetensorsError.self) { try writer.add("b", shape: [-1], [1] as [Float]) }
    #expect(throws: SafetensorsError.self) { try writer.add("b", shape: [.max, 2], [1] as [Double]) }
  }

  @Test("Asking for a tensor that is not there lists those that are")
  func noTensor() throws {
    let file = try SafetensorsFile(bytes: small())
    #expect { try file.floats("v") } throws: { "\($0)" == "'the bytes' has no tensor 'v'; it has n, w, u" }
  }
}
