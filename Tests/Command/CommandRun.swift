import Foundation
import Testing

/// One run of the built command.
struct CommandRun {
  let code: Int32
  let output: String
  let errors: String

  var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// A folder of its own for a test's files, gone when the test is over.
final class WorkFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "glia-command-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
  func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: path + "/" + name)) }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }
  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  /// Runs `glia` in this folder. Its streams go to files outside it, so that no full pipe can hold it up.
  func glia(_ arguments: String..., outputTo device: String? = nil, under limit: String? = nil) throws -> CommandRun {
    try glia(arguments: arguments, outputTo: device, under: limit)
  }

  #if os(Linux)
    /// Runs `glia` with standard error on a terminal, and gives what the terminal was sent.
    func gliaOnTerminal(_ arguments: String...) throws -> CommandRun {
      let terminal = try Terminal()
      let run = try glia(arguments: arguments, errorsTo: terminal.near)
      return CommandRun(code: run.code, output: run.output, errors: terminal.received())
    }

  #endif

  /// - Parameter limit: what the run may take, as the shell says it: `ulimit -f 1`.
  func glia(
    arguments: [String], outputTo device: String? = nil, errorsTo errors: FileHandle? = nil,
    under limit: String? = nil
  ) throws -> CommandRun {
    let streams = try WorkFolder.Streams(device)
    if limit != nil { WorkFolder.unblock(SIGXFSZ) }
    let process = Process()
    let words = (limit.map { ["/bin/sh", "-c", "\($0) && exec \"$0\" \"$@\""] } ?? []) + [WorkFolder.executable]
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = words.dropFirst() + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = streams.output
    process.standardError = errors ?? streams.errors
    try process.run()
    process.waitUntilExit()
    // A crash shows as a signal, never as an exit code that a test could expect.
    let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return CommandRun(code: code, output: try streams.outputText(), errors: try streams.errorText())
  }

  /// Lets a signal through to what this thread starts: the threads that tests run on block most of them.
  private static func unblock(_ signal: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, signal)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  #if os(Linux)
    /// A pseudo-terminal. What a short run writes fits into its buffer, so it is read at the end.
    private final class Terminal {
      private let far: Int32
      let near: FileHandle

      init() throws {
        far = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(far >= 0)
        // Linux's own calls to unlock the near end and to ask for its number; Swift does not see POSIX's.
        var (lock, number): (Int32, Int32) = (0, 0)
        try #require(ioctl(far, 0x4004_5431, &lock) == 0 && ioctl(far, 0x8004_5430, &number) == 0)
        near = FileHandle(fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
      }

      deinit { close(far) }

      func received() -> String {
        _ = fcntl(far, F_SETFL, fcntl(far, F_GETFL) | O_NONBLOCK)
        var (all, block) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while case let count = read(far, &block, block.count), count > 0 { all += block[..<count] }
        return String(decoding: all, as: UTF8.self)
      }
    }

  #endif

  private final class Streams {
    let output: FileHandle
    let errors: FileHandle
    private let outputPath: String
    private let errorPath = NSTemporaryDirectory() + "glia-errors-" + UUID().uuidString
    private let isDevice: Bool

    init(_ device: String?) throws {
      isDevice = device != nil
      outputPath = device ?? NSTemporaryDirectory() + "glia-output-" + UUID().uuidString
      for path in isDevice ? [errorPath] : [outputPath, errorPath] {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      output = try #require(FileHandle(forWritingAtPath: outputPath))
      errors = try #require(FileHandle(forWritingAtPath: errorPath))
    }

    deinit { for path in isDevice ? [errorPath] : [outputPath, errorPath] { unlink(path) } }

    func outputText() throws -> String { isDevice ? "" : try text(outputPath) }
    func errorText() throws -> String { try text(errorPath) }
    private func text(_ path: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
  }

  /// The command, which is built into the folder where the bundle of tests is.
  private static let executable: String = {
    var folders = CommandLine.arguments.compactMap { argument -> String? in
      guard let bundle = argument.range(of: ".xctest") else { return nil }
      let path = String(argument[..<bundle.lowerBound])
      return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
    folders += Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }.map {
      ($0.bundlePath as NSString).deletingLastPathComponent
    }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    folders += [root + "/.build/debug", root + "/.build/release"]
    let candidates = folders.map { $0 + "/glia" }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
  }()
}

/// Tables that are small enough to check by eye.
enum SmallTable {
  /// Three classes along `x`, with a number that says nothing and a colour.
  static func flowers(rows: Int = 60, header: Bool = true) -> String {
    let colours = ["red", "blue", "green"]
    let lines = (0..<rows).map { row in
      let kind = row % 3
      let x = Double(kind * 2) + Double(row * 7 % 11) / 10
      return "\(x),\(row * 13 % 17),\(colours[row / 3 % 3]),\(["a", "b", "c"][kind])"
    }
    return (header ? "x,noise,colour,kind\n" : "") + lines.joined(separator: "\n") + "\n"
  }

  /// A price that is three times the size and 100, more or less.
  static func prices(rows: Int = 60) -> String {
    let lines = (0..<rows).map { "\($0 % 20),\($0 * 7 % 13),\(100 + 3 * ($0 % 20) + $0 % 2)" }
    return "size,noise,price\n" + lines.joined(separator: "\n") + "\n"
  }
}
