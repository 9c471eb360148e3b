// The one place in this module that calls the operating system.

import GliaFormats
import GliaPlatform

/// Standard output for results, standard error for everything else.
enum StandardStreams {
  /// Writes all of the text to standard output.
  ///
  /// - Throws: `FileError` where it cannot be written whole, as on a full disk.
  static func write(_ text: String) throws {
    guard put(text, STDOUT_FILENO) else {
      let isFull = errno == ENOSPC
      throw FileError(
        path: "standard output", action: .write, reason: isFull ? .diskFull : .other(String(cString: strerror(errno))))
    }
  }

  /// Writes a line to standard error.
  static func warn(_ line: String) { _ = put(line + "\n", STDERR_FILENO) }

  static func exit(_ code: Int32) -> Never {
    systemExit(code)
  }

  private static func put(_ text: String, _ file: Int32) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = systemWrite(file, buffer.baseAddress! + done, buffer.count - done)
        if count < 0, errno != EINTR { return false }
        done += max(count, 0)
      }
      return true
    }
  }
}

/// What the command asks of the system besides.
enum Host {
  /// A file that would pass this user's limit is an error of the write, as a full disk is, and not the end of the process.
  static func reportLargeFiles() { signal(SIGXFSZ, SIG_IGN) }

  /// Sets the number of threads of everything that is computed from now on.
  static func useThreads(_ count: Int) { setenv("GLIA_THREADS", "\(count)", 1) }

  /// Whether two paths lead to the same file.
  static func areSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Finds out before any work is done that a file to write is one of those that are read, or could not be written.
  ///
  /// - Throws: `UsageError` that names `option`, which says another file; as ``checkWritable(_:)`` does.
  static func checkOutput(_ path: String, of what: String, against inputs: [String?], option: String = "--output")
    throws
  {
    if path.isEmpty { throw UsageError("\(option) is empty; give the file of the \(what)") }
    for input in inputs.compactMap({ $0 }) where areSame(input, path) {
      throw UsageError("the \(what) would overwrite '\(input)'; choose another \(option)")
    }
    try checkWritable(path)
  }

  /// Finds out before any work is done that a file could not be written at the end of it.
  ///
  /// - Throws: `FileError` for a folder that is missing or may not be written in, or a path that is a folder.
  static func checkWritable(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, action: .write, reason: .isFolder) }
      if status.st_mode & S_IFMT != S_IFREG { return }
    }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if stat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      throw FileError(path: path, action: .write, reason: .notFolder)
    }
    guard access(folder, W_OK | X_OK) != 0 else { return }
    let reason: FileError.Reason =
      switch errno {
      case ENOENT: .missing
      case ENOTDIR: .notFolder
      case EROFS: .readOnly
      case EACCES, EPERM: .notAllowed
      default: .other(String(cString: strerror(errno)))
      }
    throw FileError(path: path, action: .write, reason: reason)
  }

  /// The first bytes of a file, fewer where it is shorter, none where it cannot be read.
  static func firstBytes(_ count: Int, of path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let read = fread(&bytes, 1, count, file)
    return Array(bytes.prefix(read))
  }
}
