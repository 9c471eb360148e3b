// The one place in this module that calls the operating system.

import GliaPlatform

/// The calls to the operating system that this module makes, with errors in words.
enum System {
  static func error(_ path: String, _ action: FileError.Action, code: Int32 = errno) -> FileError {
    let reason: FileError.Reason =
      switch code {
      case ENOENT: .missing
      case EISDIR: .isFolder
      case ENOTDIR: .notFolder
      case EACCES, EPERM: .notAllowed
      case EROFS: .readOnly
      case ENOSPC, EDQUOT: .diskFull
      case EFBIG: .tooLarge
      default: .other(String(cString: strerror(code)))
      }
    return FileError(path: path, action: action, reason: reason)
  }

  enum Kind: Equatable {
    case missing, folder, special
    case regular(size: Int, permissions: UInt32)
  }

  private static func kind(_ status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .regular(size: Int(status.st_size), permissions: UInt32(status.st_mode) & 0o7777)
    case S_IFDIR: .folder
    default: .special
    }
  }

  /// What stands at a path, links followed.
  static func kind(of path: String) -> Kind {
    var status = stat()
    return stat(path, &status) == 0 ? kind(status) : .missing
  }

  /// The path with its links followed, if something is there.
  static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  static var processIdentifier: Int32 { getpid() }

  // MARK: Reading

  /// Maps a regular file into memory; nil for an empty one, which cannot be mapped.
  static func map(_ path: String) throws(FileError) -> UnsafeRawBufferPointer? {
    // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw error(path, .read) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw error(path, .read) }
    switch kind(status) {
    case .folder: throw FileError(path: path, action: .read, reason: .isFolder)
    case .missing, .special: throw FileError(path: path, action: .read, reason: .notRegular)
    case .regular(size: 0, _): return nil
    case .regular(let size, _):
      guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), address != MAP_FAILED else {
        throw error(path, .read)
      }
      return UnsafeRawBufferPointer(start: address, count: size)
    }
  }

  static func unmap(_ bytes: UnsafeRawBufferPointer) {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// Lets the system take back the memory of mapped bytes; whole pages, within these. Reading them again is slower, nothing more.
  static func release(_ bytes: UnsafeRawBufferPointer) {
    guard let address = bytes.baseAddress else { return }
    let page = UInt(getpagesize())
    let start = (UInt(bitPattern: address) + page - 1) / page * page
    let end = (UInt(bitPattern: address) + UInt(bytes.count)) / page * page
    guard end > start, let first = UnsafeMutableRawPointer(bitPattern: start) else { return }
    madvise(first, Int(end - start), MADV_DONTNEED)
  }

  // MARK: Writing

  enum Opening {
    /// The file must not be there yet.
    case new
    /// A pipe or a device that is there.
    case existing
  }

  /// Opens a file for writing; the error speaks of `target`. Nil where a new file's name is already taken.
  static func openForWriting(_ path: String, _ opening: Opening, for target: String) throws(FileError) -> Int32? {
    let flags = opening == .new ? O_CREAT | O_EXCL : 0
    let file = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    if file >= 0 { return file }
    if opening == .new, errno == EEXIST { return nil }
    throw error(target, .write)
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, for target: String) throws(FileError) {
    var done = 0
    while done < bytes.count {
      // Some systems refuse more than 2 GB a call.
      let part = UnsafeRawBufferPointer(rebasing: bytes[done..<min(bytes.count, done + 1 << 30)])
      let count = systemWrite(file, part.baseAddress, part.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw error(target, .write)
      }
      done += count
    }
  }

  static func setPermissions(_ permissions: UInt32, of file: Int32) {
    fchmod(file, mode_t(permissions))
  }

  /// Waits until what was written is on the disk. Devices and pipes have none, and say EINVAL.
  static func synchronise(_ file: Int32, for target: String) throws(FileError) {
    while fsync(file) != 0 {
      if errno == EINTR { continue }
      if errno == EINVAL || errno == ENOTSUP { return }
      throw error(target, .write)
    }
  }

  static func closeFile(_ file: Int32, for target: String) throws(FileError) {
    if close(file) != 0, errno != EINTR { throw error(target, .write) }
  }

  static func rename(_ path: String, to target: String, for asked: String) throws(FileError) {
    let result = systemRename(path, target)
    if result != 0 { throw error(asked, .write) }
  }

  static func remove(_ path: String) {
    unlink(path)
  }

  /// Makes a rename in this folder outlast a power cut, where the file system can.
  static func synchroniseFolder(_ path: String) {
    let folder = open(path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}

/// The bytes of a file as memory that the system fills from the disk when it is looked at.
///
/// The file must not be cut short while it is mapped: the system would end the process. Files that `AtomicFile` writes
/// are replaced, never changed in place, so they are safe.
package final class MappedFile: Sendable {
  // Read only, and unmapped only when nobody holds this object any more.
  private nonisolated(unsafe) let mapped: UnsafeRawBufferPointer?

  package init(path: String) throws(FileError) {
    mapped = try System.map(path)
  }

  deinit {
    if let mapped { System.unmap(mapped) }
  }

  /// Lets the system take back the memory of bytes that were read.
  package func release(_ range: Range<Int>) {
    withBytes { System.release(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Calls `body` with all bytes of the file; the pointer is valid only within the call.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(mapped ?? UnsafeRawBufferPointer(start: nil, count: 0)) }
  }
}
