import GliaPlatform

/// The bytes of a file: mapped where it is a plain file, read whole where it is a pipe.
///
/// Immutable after it is made, and so safe to share.
package final class FileBytes: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  package var count: Int { bytes.count }

  package init(_ path: String) throws(TableError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileBytes.openError(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileBytes.openError(path, errno) }
    let format = status.st_mode & S_IFMT
    guard format != S_IFDIR else {
      throw TableError(.directory, "is a directory; name a file in it", file: path)
    }
    let size = Int(status.st_size)
    if format == S_IFREG, size > 0, let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    {
      madvise(start, size, MADV_SEQUENTIAL)
      bytes = UnsafeRawBufferPointer(start: start, count: size)
      isMapped = true
    } else {
      bytes = try FileBytes.readAll(descriptor, path)
      isMapped = false
    }
  }

  /// Bytes that were made in memory.
  package init(copying source: some Collection<UInt8>) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 16)
    buffer.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(buffer)
    isMapped = false
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
    } else {
      bytes.deallocate()
    }
  }

  /// Lets the system take back the memory of bytes that have been read; reading them again is slower, nothing more.
  func release(upTo end: Int, from start: Int) {
    let page = Int(getpagesize())
    let first = (start + page - 1) / page * page
    let last = end / page * page
    guard isMapped, last > first else { return }
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress! + first), last - first, MADV_DONTNEED)
  }

  private static func readAll(_ descriptor: Int32, _ path: String) throws(TableError) -> UnsafeRawBufferPointer {
    var capacity = 1 << 16
    var count = 0
    guard var buffer = malloc(capacity) else { throw openError(path, ENOMEM) }
    while true {
      let got = read(descriptor, buffer + count, capacity - count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 {
        let code = errno
        free(buffer)
        throw openError(path, code)
      }
      if got == 0 { break }
      count += got
      if count == capacity {
        capacity *= 2
        guard let larger = realloc(buffer, capacity) else {
          free(buffer)
          throw openError(path, ENOMEM)
        }
        buffer = larger
      }
    }
    return UnsafeRawBufferPointer(start: buffer, count: count)
  }

  private static func openError(_ path: String, _ code: Int32) -> TableError {
    switch code {
    case ENOENT, ENOTDIR: TableError(.noSuchFile, "there is no such file", file: path)
    case EACCES, EPERM: TableError(.unreadable, "may not be read: permission denied", file: path)
    default: TableError(.unreadable, "cannot be read: \(String(cString: strerror(code)))", file: path)
    }
  }
}
