import Testing

@testable import GliaFormats

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder of a test's own, removed with what is in it when the test is done.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/glia-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw System.error("/tmp", .write) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func text(_ name: String) throws -> String {
    try MappedFile(path: path + "/" + name).withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

@Suite("Writing a file whole or not at all")
struct AtomicFileTests {
  @Test("A new file appears with its content and nothing else beside it")
  func newFile() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array("hello".utf8), to: folder.path + "/a.txt")
    #expect(try folder.text("a.txt") == "hello")
    try AtomicFile.write([], to: folder.path + "/empty")
    #expect(try folder.text("empty") == "")
    #expect(folder.names == ["a.txt", "empty"])
  }

  @Test("Pieces of any size arrive in order")
  func pieces() throws {
    let folder = try TemporaryFolder()
    var expected: [UInt8] = []
    try AtomicFile.write(to: folder.path + "/a") { output in
      for size in [0, 1, 70_000, 3, 65_535, 65_536, 10, 200_000] {
        let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
        try output.write(piece)
        expected += piece
      }
      try output.write("end")
    }
    #expect(try MappedFile(path: folder.path + "/a").withBytes { Array($0) } == expected + Array("end".utf8))
  }

  @Test("If the content cannot be made, the old file stays and no other is left")
  func failure() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array("old".utf8), to: folder.path + "/a")
    let full = FileError(path: "a", action: .write, reason: .diskFull)
    #expect(throws: full) {
      try AtomicFile.write(to: folder.path + "/a") { output in
        try output.write(Array(repeating: 1, count: 100_000))
        throw full
      }
    }
    #expect(try folder.text("a") == "old")
    #expect(folder.names == ["a"])
  }

  @Test("A replaced file keeps its permissions, and a link stays a link")
  func permissionsAndLinks() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/a"
    try AtomicFile.write(Array("old".utf8), to: file)
    chmod(file, 0o640)
    symlink("a", folder.path + "/link")
    try AtomicFile.write(Array("new".utf8), to: folder.path + "/link")
    #expect(try folder.text("a") == "new")
    var status = stat()
    lstat(folder.path + "/link", &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    lstat(file, &status)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(folder.names == ["a", "link"])
  }

  @Test("A missing folder, a folder in place of the file and a file in place of the folder are named")
  func wrongPaths() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    #expect {
      try AtomicFile.write([1], to: path + "/none/a")
    } throws: {
      "\($0)" == "cannot write '\(path)/none/a': the folder '\(path)/none' does not exist; make it first"
    }
    #expect { try AtomicFile.write([1], to: path) } throws: { "\($0)".contains("it is a folder, not a file") }
    try AtomicFile.write([1], to: path + "/a")
    #expect { try AtomicFile.write([1], to: path + "/a/b") } throws: { "\($0)".contains("is a file, not a folder") }
    #expect(folder.names == ["a"])
  }

  @Test("A folder that may not be written in is named", .enabled(if: geteuid() != 0, "root may write anywhere"))
  func unwritableFolder() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    #expect {
      try AtomicFile.write([1], to: folder.path + "/a")
    } throws: {
      "\($0)".hasSuffix("this user may not write in the folder '\(folder.path)'")
    }
  }

  @Test("A device is written to and not replaced; a full one says so", .enabled(if: access("/dev/full", W_OK) == 0))
  func devices() throws {
    try AtomicFile.write([1], to: "/dev/null")
    #expect(System.kind(of: "/dev/null") == .special)
    #expect(throws: FileError(path: "/dev/full", action: .write, reason: .diskFull)) {
      try AtomicFile.write([1], to: "/dev/full")
    }
  }

  @Test("Reading a missing file, a folder and a device is refused in words")
  func reading() throws {
    let folder = try TemporaryFolder()
    #expect {
      try MappedFile(path: folder.path + "/a")
    } throws: {
      "\($0)" == "cannot read '\(folder.path)/a': there is no such file"
    }
    #expect(throws: FileError(path: "/tmp", action: .read, reason: .isFolder)) { try MappedFile(path: "/tmp") }
    #expect(throws: FileError(path: "/dev/null", action: .read, reason: .notRegular)) {
      try MappedFile(path: "/dev/null")
    }
  }
}
