import CZlib
import Foundation
import GliaTables
import Testing

@Suite("IDX files")
struct IDXTests {
  /// Two images of 2 × 3 pixels.
  let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)

  private func read(_ bytes: [UInt8]) throws -> Result<IDX, TableError> {
    try withFile(bytes) { path in
      do throws(TableError) { return .success(try IDX.read(path)) } catch { return .failure(error) }
    }
  }

  private func kind(_ bytes: [UInt8]) throws -> TableError.Kind? {
    if case .failure(let error) = try read(bytes) { error.kind } else { nil }
  }

  private func gzip(_ source: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(source)
    var stream = z_stream()
    deflateInit2_(
      &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 100)
    let room = output.count
    let written = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(room)
        deflate(&stream, Z_FINISH)
        return room - Int(stream.avail_out)
      }
    }
    deflateEnd(&stream)
    return Array(output[..<written])
  }

  @Test("Rows are read by themselves, from files that are whole and not compressed")
  func rows() throws {
    try withFile(images) { path in
      let rows = try IDX.Rows(path)
      #expect(rows.shape == [2, 2, 3])
      #expect(rows.read(1..<2).bytes == Array(7...12) && rows.read(1..<2).shape == [1, 2, 3])
      #expect(try rows.read(0..<2) == IDX.read(path))
      #expect(rows.read(2..<2).bytes == [])
    }
    for bytes in (0..<images.count).map({ Array(images[..<$0]) }) + [gzip(images), images + [0]] {
      _ = try withFile(bytes) { path in #expect(throws: TableError.self) { try IDX.Rows(path) } }
    }
    for place in images.indices.prefix(16) {
      var changed = images
      changed[place] ^= 0x81
      try withFile(changed) { path in
        // Trading one size for another is the only change that can pass.
        if let rows = try? IDX.Rows(path) { #expect(rows.shape.reduce(1, *) == 12) }
      }
    }
  }

  @Test("Shape and elements are read, compressed or not")
  func plain() throws {
    for bytes in [images, gzip(images)] {
      let idx = try read(bytes).get()
      #expect(idx.shape == [2, 2, 3])
      #expect(idx.bytes == Array(1...12))
    }
  }

  @Test("Each type of element is read, the most significant byte first")
  func types() throws {
    #expect(try read([0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE]).get().elements == .int16([-2]))
    #expect(try read([0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 0, 1, 2]).get().elements == .int32([258]))
    #expect(try read([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0x80, 0, 0]).get().elements == .float([1]))
    #expect(try read([0, 0, 0x0E, 1, 0, 0, 0, 1, 0x40, 0, 0, 0, 0, 0, 0, 0]).get().floats == [2])
    #expect(try read([0, 0, 0x09, 1, 0, 0, 0, 1, 0xFF]).get().elements == .int8([-1]))
  }

  @Test("A file cut short at any byte is an error")
  func truncated() throws {
    let whole = gzip(images)
    for count in 0..<images.count { #expect(try kind(Array(images[..<count])) != nil, "\(count) bytes") }
    for count in 0..<whole.count { #expect(try kind(Array(whole[..<count])) != nil, "\(count) bytes of gzip") }
  }

  @Test("Wrong beginnings, longer files and sizes that the file cannot hold are errors")
  func wrong() throws {
    #expect(try kind([1] + images.dropFirst()) == .notIDX)
    #expect(try kind([0, 0, 0x0A] + images.dropFirst(3)) == .notIDX)
    #expect(try kind(images + [0]) == .notIDX)
    #expect(try kind(gzip(images + [0])) == .notIDX)
    #expect(try kind(gzip(images.dropLast())) == .truncated)
    #expect(try kind([0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12) + [1]) == .tooLarge)
    #expect(try kind([0, 0, 8, 1, 0x7F, 0, 0, 0, 1]) == .truncated)
    #expect(try kind(gzip([0, 0, 8, 1, 0x7F, 0, 0, 0, 1])) == .truncated)
    var damaged = gzip(images)
    damaged[damaged.count - 6] ^= 0xFF
    #expect(try kind(damaged) == .compressed)
  }

  @Test("A compressed table is read like a plain one")
  func compressedTable() throws {
    let table = try withFile(gzip(Array("a,b\n1,x\n2,y\n".utf8))) { try Table(csv: $0) }
    #expect(table.columns == ["a", "b"])
    #expect(table.rowCount == 2)
  }
}
