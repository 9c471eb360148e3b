import GliaFormats
import GliaGraph
import GliaTraining
import Testing

@Suite("Damaged model files")
struct DamagedFileTests {
  /// A small model's file.
  private static func small(_ path: String) throws -> [UInt8] {
    var options = TableOptions()
    options.networks = 1
    options.features = ["area"]
    options.hiddenSizes = [2]
    options.epochs = 1
    try TabularModel.fit(TabularTests.houses(60, seed: 4), target: "price", options: options).save(to: path)
    return TabularTests.bytes(path)
  }

  /// The error that a file of these bytes gives; nil where it loads.
  private static func error(_ bytes: [UInt8], _ path: String) -> String? {
    TabularTests.write(bytes, path)
    do { _ = try TabularModel(path: path) } catch { return "\(error)" }
    return nil
  }

  @Test("A file that is cut at any length is refused by name")
  func cut() throws {
    let path = temporaryPath("cut.safetensors")
    defer { remove(path) }
    let whole = try Self.small(path)
    let passed = whole.indices.filter { Self.error(Array(whole[..<$0]), path)?.contains(path) != true }
    #expect(passed == [])
    #expect(Self.error(whole + [0], path)?.contains(path) == true)
    #expect(Self.error(whole, path) == nil)
  }

  @Test("A file with one bit changed in any byte is refused by name")
  func changed() throws {
    let path = temporaryPath("changed.safetensors")
    defer { remove(path) }
    let whole = try Self.small(path)
    let passed = whole.indices.filter { place in
      var changed = whole
      changed[place] ^= 1 << (place % 8)
      return Self.error(changed, path)?.contains(path) != true
    }
    #expect(passed == [])
  }

  @Test("A description with any character changed, under a checksum that is right, loads or is an error")
  func forged() throws {
    let path = temporaryPath("forged.safetensors")
    defer { remove(path) }
    let file = try SafetensorsFile(bytes: try Self.small(path))
    let table = try TabularTests.houses(5, seed: 1)
    var refused = 0
    for (key, text) in file.metadata where key != "checksum" {
      let bytes = Array(text.utf8)
      for place in bytes.indices {
        var changed = bytes
        changed[place] ^= 1 << (place % 5)
        var metadata = file.metadata
        metadata["checksum"] = nil
        metadata[key] = String(decoding: changed, as: UTF8.self)
        var writer = SafetensorsWriter(metadata: metadata)
        for entry in file.entries {
          try file.withBytes(of: entry.name) {
            try writer.add(entry.name, dtype: entry.dtype, shape: entry.shape, bytes: $0)
          }
        }
        TabularTests.write(try writer.bytes(), path)
        // A crash ends the tests; what loads has to be usable.
        do { _ = try TabularModel(path: path).evaluate(table) } catch { refused += 1 }
      }
    }
    #expect(refused > 100)
  }
}
