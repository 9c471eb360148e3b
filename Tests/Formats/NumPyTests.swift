import Testing

@testable import GliaFormats

@Suite("NumPy")
struct NumPyTests {
  private static func file(_ header: String, data: Int, version: UInt8 = 1) -> [UInt8] {
    let size = UInt32(header.utf8.count)
    let length = version == 1 ? [UInt8(size & 0xFF), UInt8(size >> 8)] : (0..<4).map { UInt8(size >> (8 * $0) & 0xFF) }
    return NPYHeader.magic + [version, 0] + length + Array(header.utf8) + [UInt8](repeating: 0, count: data)
  }

  @Test("Files of NumPy are read: every type, both byte orders, both orders, scalars, empty arrays, versions 1 to 3")
  func referenceFiles() throws {
    let expected = try Reference.json("numpy/expected.json")
    for member in expected.members where member.key != "npz" {
      let tensor = try NPYFile.read(Reference.folder + "numpy/\(member.key).npy")
      let object = try #require(member.value.object)
      #expect(try tensor.shape == object.integers("shape"), "\(member.key)")
      #expect(try tensor.doubles == object.doubles("values"), "\(member.key)")
      #expect(try tensor.floats == object.doubles("values").map { Float($0) }, "\(member.key)")
    }
    #expect(expected.members.count == 26)
  }

  @Test("What is written has the bytes that numpy.save writes")
  func writtenBytes() throws {
    let names = try Reference.json("numpy/expected.json").keys.filter { $0.hasSuffix("-plain") }
    #expect(names.count == 15)
    for name in names {
      let bytes = try Reference.bytes("numpy/\(name).npy")
      #expect(try NPYFile.bytes(of: NPYFile.read(bytes: bytes)) == bytes, "\(name)")
    }
  }

  @Test("bfloat16 is written as float32, which holds each of its numbers")
  func bfloat16() throws {
    let tensor = try StoredTensor(dtype: .bfloat16, shape: [2], bytes: [0xC0, 0x3F, 0x80, 0xFF])
    let again = try NPYFile.read(bytes: NPYFile.bytes(of: tensor))
    #expect(again.dtype == .float32 && again.floats == [1.5, -.infinity])
  }

  @Test("What is no numbers is refused by name")
  func refusedTypes() throws {
    for (name, words) in [
      ("object", "Python objects"), ("complex", "complex numbers"), ("text", "text"), ("structure", "several fields"),
      ("date", "dates"),
    ] {
      let error = #expect(throws: TensorFileError.self, "\(name)") {
        try NPYFile.read(Reference.folder + "numpy/refused-\(name).npy")
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("A header that breaks a rule is refused with the rule")
  func headers() {
    for (header, data, words) in [
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 4, "takes 8 bytes, but 4 follow"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 12, "takes 8 bytes, but 12 follow"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }\n", 4, "too large"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 8), }\n", 0, "too large"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n", 4, "whole number"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", 4, "whole number"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }\n", 4, "comma"),
      ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }\n", 4, "True or False"),
      ("{'descr': '<f4', 'fortran_order': False}\n", 4, "'shape' is missing"),
      ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n", 4, "twice"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}\n", 4, "not one of"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} 1\n", 4, "something follows"),
      ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}\n", 4, "its type is '|f4'"),
      ("{'descr': '<V2', 'fortran_order': False, 'shape': (1,)}\n", 2, "bfloat16"),
    ] {
      let error = #expect(throws: TensorFileError.self, "\(header)") {
        try NPYFile.read(bytes: Self.file(header, data: data))
      }
      #expect(error?.description.contains(words) == true, "\(header): \(error?.description ?? "")")
    }
    let long = String(repeating: " ", count: 10_001)
    #expect(throws: TensorFileError.self) { try NPYFile.read(bytes: Self.file(long, data: 0, version: 2)) }
    #expect(throws: TensorFileError.self) { try NPYFile.read(bytes: Self.file("{}", data: 0, version: 4)) }
  }

  @Test("A file of Python 2 is read")
  func longNumbers() throws {
    let bytes = Self.file("{'descr': '<i2', 'fortran_order': False, 'shape': (2L, 1L), }", data: 4)
    #expect(try NPYFile.read(bytes: bytes).shape == [2, 1])
  }

  @Test("Rows are read by themselves: those of the whole array, in both byte orders")
  func rows() throws {
    for name in ["f8-big", "i2-plain", "f8-version2", "f4-long-plain"] {
      let path = Reference.folder + "numpy/\(name).npy"
      let (whole, rows) = (try NPYFile.read(path), try NPYFile.Rows(path))
      #expect(rows.shape == whole.shape && rows.read(0..<rows.count) == whole)
      let size = whole.bytes.count / rows.count
      for row in 0..<rows.count {
        let one = rows.read(row..<row + 1)
        #expect(one.shape == [1] + whole.shape.dropFirst())
        #expect(one.bytes == Array(whole.bytes[row * size..<(row + 1) * size]))
      }
    }
    #expect(try NPYFile.Rows(Reference.folder + "numpy/i8-empty-plain.npy").read(0..<0).bytes == [])
    for name in ["f4-fortran", "f4-scalar-plain"] {
      #expect(throws: TensorFileError.self) { try NPYFile.Rows(Reference.folder + "numpy/\(name).npy") }
    }
  }

  @Test("Archives of NumPy are read, stored and deflated")
  func archives() throws {
    let expected = try Reference.json("numpy/expected.json").object("npz")
    for name in ["stored", "deflated"] {
      let file = try NPZFile(path: Reference.folder + "numpy/\(name).npz")
      for member in expected.members {
        let tensor = try file.stored(member.key)
        #expect(try tensor.doubles == member.value.object!.doubles("values"), "\(name) \(member.key)")
        #expect(try tensor.shape == member.value.object!.integers("shape"))
      }
    }
    let file = try NPZFile(path: Reference.folder + "numpy/deflated.npz")
    #expect(file.names.count == 4)
    #expect(try file.stored("zeros").floats == [Float](repeating: 0, count: 1000))
    let error = #expect(throws: TensorFileError.self) { try file.stored("zero") }
    #expect(error?.description.contains("'weight', 'bias', 'a.b', 'zeros'") == true)
  }

  @Test("An archive that is written is read back, with and without compression, to the same bytes each time")
  func writtenArchives() throws {
    let folder = try TemporaryFolder()
    let ramp = (0..<100_000).map { Float($0 / 100) }
    let big = try StoredTensor(dtype: .float32, shape: [100_000], bytes: ramp.withUnsafeBytes { Array($0) })
    let small = try StoredTensor(dtype: .int64, shape: [], bytes: [7, 0, 0, 0, 0, 0, 0, 0])
    let none = try StoredTensor(dtype: .uint8, shape: [0, 3], bytes: [])
    for compressed in [false, true] {
      let path = folder.path + "/a.npz"
      try NPZFile.write([("big", big), ("größe", small), ("none", none)], to: path, compressed: compressed)
      let file = try NPZFile(path: path)
      #expect(try tensors(file) == ["big": big, "größe": small, "none": none])
      let first = try MappedFile(path: path).withBytes { Array($0) }
      #expect(compressed ? first.count < 20_000 : first.count > 400_000)
      try NPZFile.write([("big", big), ("größe", small), ("none", none)], to: path, compressed: compressed)
      #expect(try MappedFile(path: path).withBytes { Array($0) } == first)
    }
    for names in [["a", "a"], [""], ["/a"], ["a/../b"], ["a\\b"]] {
      #expect(throws: TensorFileError.self, "\(names)") {
        try NPZFile.write(names.map { ($0, small) }, to: folder.path + "/b.npz")
      }
    }
    #expect(folder.names == ["a.npz"])
  }

  @Test("Damaged files are errors, or arrays whose numbers fill their shape", arguments: [UInt64(1), 2])
  func damagedArrays(seed: UInt64) throws {
    for name in ["f4-fortran", "i2-big", "f8-version3"] {
      damage(try Reference.bytes("numpy/\(name).npy"), seed: seed, read: { try NPYFile.read(bytes: $0) }) { tensor in
        tensor.dtype.byteCount(shape: tensor.shape) == tensor.bytes.count
      }
    }
  }

  @Test("Damaged archives are errors, or give what they gave before", arguments: [UInt64(3)])
  func damagedArchives(seed: UInt64) throws {
    for name in ["stored", "deflated"] {
      let bytes = try Reference.bytes("numpy/\(name).npz")
      let whole = try tensors(NPZFile(bytes: bytes))
      damage(bytes, seed: seed, read: { try tensors(NPZFile(bytes: $0)) }, isRight: { $0 == whole })
    }
  }
}
