/// Why a file could not be read or written, in words that say what to do.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Equatable, Sendable {
    /// No file or folder of that name.
    case missing
    /// A folder stands where a file should.
    case isFolder
    /// A file stands where a folder should.
    case notFolder
    /// The system does not let this user do it.
    case notAllowed
    /// The file system was mounted for reading only.
    case readOnly
    /// No space is left on the disk, or in this user's share of it.
    case diskFull
    /// The file would be larger than the file system or the user's limit allows.
    case tooLarge
    /// A pipe, a device or a socket, where a file of known size is needed.
    case notRegular
    /// Anything else, in the system's own words.
    case other(String)
  }

  /// What was being done.
  public enum Action: Equatable, Sendable {
    case read, write
  }

  /// The file that was asked for.
  public let path: String
  public let action: Action
  public let reason: Reason

  public init(path: String, action: Action, reason: Reason) {
    self.path = path
    self.action = action
    self.reason = reason
  }

  public var description: String {
    "cannot \(action == .read ? "read" : "write") '\(path)': \(explanation)"
  }

  private var explanation: String {
    let folder = AtomicFile.folder(of: path)
    switch (action, reason) {
    case (.read, .missing): return "there is no such file"
    case (.read, .notAllowed): return "this user may not read it"
    case (.write, .missing): return "the folder '\(folder)' does not exist; make it first"
    case (.write, .notAllowed): return "this user may not write in the folder '\(folder)'"
    case (_, .isFolder): return "it is a folder, not a file"
    case (_, .notFolder): return "a part of '\(folder)' is a file, not a folder"
    case (_, .readOnly): return "the disk can only be read from; choose another folder"
    case (_, .diskFull): return "the disk is full; nothing was changed. Make space or choose another folder"
    case (_, .tooLarge): return "it would be larger than the disk or this user's limit allows; nothing was changed"
    case (_, .notRegular): return "it is a pipe or a device; a file is needed"
    case (_, .other(let words)): return words
    }
  }
}
