import CZlib

/// Deflate without a header (RFC 1951), and the checksum of ZIP files, by the system's zlib.
enum Deflate {
  /// The most bytes that one byte can inflate to: a match of 258 bytes takes two bits at least.
  static let greatestRatio = 1032

  /// Inflates to exactly `count` bytes; nil where the data are damaged, or more or fewer come out.
  ///
  /// The caller has compared `count` with the size of the data, so that a small file cannot ask for much memory.
  static func inflate(_ data: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
    var isWhole = false
    let result = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      let stream = Stream()
      guard inflateInit2_(stream.address, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return }
      defer { inflateEnd(stream.address) }
      var none: UInt8 = 0  // somewhere to point to where nothing is expected
      withUnsafeMutablePointer(to: &none) { none in
        let start = target.baseAddress ?? none
        var consumed = 0
        var code = Z_OK
        while code == Z_OK {
          code = stream.step(
            UnsafeRawBufferPointer(rebasing: data[consumed...]), start + filled, count - filled,
            &consumed, &filled
          ) { CZlib.inflate($0, Z_NO_FLUSH) }
        }
        isWhole = code == Z_STREAM_END && consumed == data.count && filled == count
      }
    }
    return isWhole ? result : nil
  }

  /// Deflates, to the same bytes every time with the same zlib.
  static func deflate(_ data: [UInt8]) -> [UInt8] {
    let stream = Stream()
    let level: Int32 = 6
    let code = deflateInit2_(
      stream.address, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib does not start: it lacks memory, or is of another version.")
    defer { deflateEnd(stream.address) }
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    data.withUnsafeBytes { data in
      var consumed = 0
      var code = Z_OK
      while code == Z_OK {
        var filled = 0
        piece.withUnsafeMutableBufferPointer { piece in
          let isLast = data.count - consumed <= largestPiece
          code = stream.step(
            UnsafeRawBufferPointer(rebasing: data[consumed...]), piece.baseAddress!, piece.count,
            &consumed, &filled
          ) { CZlib.deflate($0, isLast ? Z_FINISH : Z_NO_FLUSH) }
        }
        result += piece[..<filled]
      }
    }
    return result
  }

  /// The checksum of ZIP files (CRC-32).
  static func checksum(_ data: UnsafeRawBufferPointer) -> UInt32 {
    var sum = crc32(0, nil, 0)
    var start = 0
    while start < data.count {
      let count = min(data.count - start, largestPiece)
      sum = crc32(sum, data.baseAddress!.assumingMemoryBound(to: UInt8.self) + start, UInt32(count))
      start += count
    }
    return UInt32(sum)
  }

  /// zlib counts a call's bytes in 32 bits.
  private static let largestPiece = 1 << 30

  /// zlib keeps the address of its stream, so that it may not move.
  private struct Stream: ~Copyable {
    let address = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() { address.initialize(to: z_stream()) }
    deinit { address.deallocate() }

    /// One call of zlib: as much of the data as it takes into as much room as there is.
    func step(
      _ data: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt8>, _ room: Int, _ consumed: inout Int,
      _ filled: inout Int, _ run: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
      let (available, space) = (min(data.count, largestPiece), min(room, largestPiece))
      let start = data.baseAddress?.assumingMemoryBound(to: UInt8.self)
      address.pointee.next_in = start.map { UnsafeMutablePointer(mutating: $0) }
      address.pointee.avail_in = UInt32(available)
      address.pointee.next_out = target
      address.pointee.avail_out = UInt32(space)
      let code = run(address)
      consumed += available - Int(address.pointee.avail_in)
      filled += space - Int(address.pointee.avail_out)
      return code
    }
  }
}
