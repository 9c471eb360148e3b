import CZlib

/// Gzip, by the system's zlib.
package enum Gzip {
  /// Inflates all members of a gzip file.
  ///
  /// - Parameter limit: the most bytes that may come out; more is an error, so that a small file cannot fill the
  ///   memory.
  package static func inflate(
    _ bytes: UnsafeRawBufferPointer, limit: Int, file: String?
  ) throws(TableError) -> [UInt8] {
    var stream = try GzipStream(bytes, file: file)
    var result: [UInt8] = []
    while true {
      let part = try stream.read(1 << 20)
      if part.isEmpty { return result }
      guard result.count + part.count <= limit else {
        throw TableError(.tooLarge, "inflates to more than \(limit) bytes", file: file)
      }
      result += part
    }
  }
}

/// Inflates a gzip file piece by piece.
package struct GzipStream: ~Copyable {
  private let source: UnsafeRawBufferPointer
  private let file: String?
  // zlib keeps the address of its stream, so that it may not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var consumed = 0
  private var isFinished = false

  package init(_ bytes: UnsafeRawBufferPointer, file: String?) throws(TableError) {
    source = bytes
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 to ask for gzip's header and checksum.
    let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      throw TableError(.compressed, "zlib does not start (code \(code))", file: file)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// The next bytes, at most `count`; fewer only at the end.
  package mutating func read(_ count: Int) throws(TableError) -> [UInt8] {
    var failure: TableError?
    let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(TableError) {
        while filled < count, !isFinished {
          let room = min(count - filled, Int(UInt32.max))
          filled += try step(UnsafeMutableRawPointer(buffer.baseAddress! + filled), room)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }

  private mutating func step(_ target: UnsafeMutableRawPointer, _ room: Int) throws(TableError) -> Int {
    let available = min(source.count - consumed, Int(UInt32.max))
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: (source.baseAddress! + consumed).assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(available)
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let code = CZlib.inflate(stream, Z_NO_FLUSH)
    consumed += available - Int(stream.pointee.avail_in)
    let produced = room - Int(stream.pointee.avail_out)
    switch code {
    case Z_STREAM_END:
      // A gzip file may have several members, one after the other.
      if consumed + 1 < source.count, source[consumed] == 0x1F, source[consumed + 1] == 0x8B {
        inflateReset(stream)
      } else {
        isFinished = true
      }
    case Z_OK: break
    case Z_BUF_ERROR where produced > 0: break
    case Z_BUF_ERROR:
      throw TableError(.truncated, "ends in the middle of its compressed data; fetch it again", file: file)
    default:
      throw TableError(.compressed, "its compressed data are damaged; fetch it again", file: file)
    }
    return produced
  }
}
