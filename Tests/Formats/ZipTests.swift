import Testing

@testable import GliaFormats

@Suite("ZIP files")
struct ZipTests {
  private static func bytes(
    _ entries: [(name: String, bytes: [UInt8])], deflated: Bool = false, greatestNarrow: Int = 0xFFFF_FFFE
  ) throws -> [UInt8] {
    var (zip, result) = (ZipWriter(greatestNarrow: greatestNarrow), [UInt8]())
    for entry in entries { try zip.add(entry.name, entry.bytes, deflated: deflated) { result += $0 } }
    try zip.finish { result += $0 }
    return result
  }

  private static func open(_ bytes: [UInt8], greatestInflated: Int = 1 << 20) throws -> ZipArchive {
    try ZipArchive(.held(bytes), path: "a.zip", format: "ZIP", greatestInflated: greatestInflated)
  }

  private static func contents(_ archive: ZipArchive) throws -> [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: try archive.entries.map { ($0.name, try archive.withBytes(of: $0) { Array($0) }) })
  }

  private static let some: [(name: String, bytes: [UInt8])] = [
    ("a", [1, 2, 3]), ("folder/b", []), ("ü", (0..<1000).map { UInt8($0 % 7) }),
  ]

  @Test("What is written is read back, in 32 and in 64 bits, and stored data begin at multiples of 64 bytes")
  func roundTrip() throws {
    for deflated in [false, true] {
      for greatestNarrow in [0xFFFF_FFFE, 500, 0] {
        let archive = try Self.open(Self.bytes(Self.some, deflated: deflated, greatestNarrow: greatestNarrow))
        #expect(archive.entries.map(\.name) == Self.some.map(\.name))
        for entry in Self.some { #expect(try Self.contents(archive)[entry.name] == entry.bytes) }
        #expect(deflated || archive.entries.allSatisfy { $0.data.lowerBound % 64 == 0 })
      }
    }
    #expect(try Self.contents(Self.open(Self.bytes([]))) == [:])
  }

  @Test("More entries than 16 bits count are written and read")
  func manyEntries() throws {
    let bytes = try Self.bytes((0..<65_536).map { ("\($0)", []) }, deflated: true)
    #expect(try Self.open(bytes).entries.count == 65_536)
  }

  @Test("A comment at the end is passed over")
  func comment() throws {
    var bytes = try Self.bytes(Self.some)
    bytes[bytes.count - 2] = 3
    #expect(try Self.open(bytes + [0x50, 0x4B, 0x05]).entries.count == 3)
  }

  @Test("Entries that overlap, lie, or lead out of the file are refused with the rule")
  func refused() throws {
    func refuse(_ words: String, _ change: (inout [UInt8], _ directory: Int) -> Void) throws {
      var bytes = try Self.bytes([("one", [1, 2, 3, 4]), ("two", [1, 2, 3, 4])])
      let end = bytes.count - 22
      change(&bytes, Int(bytes[end + 16]) | Int(bytes[end + 17]) << 8)
      let error = #expect(throws: TensorFileError.self, "\(words)") { _ = try Self.contents(Self.open(bytes)) }
      #expect(error?.description.contains(words) == true, "\(words): \(error?.description ?? "")")
    }
    try refuse("is encrypted") { bytes, directory in bytes[directory + 8] = 1 }
    try refuse("packed by method 12") { bytes, directory in bytes[directory + 10] = 12 }
    try refuse("is stored, but has 4 bytes where it should have 5") { bytes, directory in bytes[directory + 24] = 5 }
    try refuse("more than lie before the directory") { bytes, directory in
      (bytes[directory + 20], bytes[directory + 21], bytes[directory + 24], bytes[directory + 25]) = (0, 9, 0, 9)
    }
    try refuse("more than deflate can") { bytes, directory in
      (bytes[directory + 10], bytes[directory + 26]) = (8, 9)
    }
    try refuse("'one' and 'two' overlap") { bytes, directory in
      (bytes[directory + 20], bytes[directory + 24]) = (10, 10)
    }
    try refuse("leads out of the file") { bytes, directory in
      (bytes[directory + 46], bytes[30]) = (UInt8(ascii: "/"), UInt8(ascii: "/"))
    }
    try refuse("has another name") { bytes, _ in bytes[30] = UInt8(ascii: "n") }
    try refuse("do not match their checksum") { bytes, _ in bytes[64] = 9 }
    try refuse("should have 3 entries, but has 2") { bytes, _ in
      (bytes[bytes.count - 14], bytes[bytes.count - 12]) = (3, 3)
    }
    let zeros = try Self.bytes([("zeros", [UInt8](repeating: 0, count: 3000))], deflated: true)
    #expect(try Self.open(zeros).entries[0].data.count < 40)
    #expect(throws: TensorFileError.self) { try Self.open(zeros, greatestInflated: 2999) }
  }
}
