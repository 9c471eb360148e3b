/// Why a safetensors file was refused or could not be made.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  /// The file breaks a rule of the format; `file` is its path, or "the bytes" for a file in memory.
  case malformed(file: String, rule: String)
  /// The file is whole but its bytes are not those that its checksum was made of.
  case changed(file: String)
  /// A checksum was asked for and the file has none that Glia wrote.
  case noChecksum(file: String)
  /// The file holds no tensor of this name.
  case noTensor(name: String, file: String, names: [String])
  /// A tensor cannot be written so.
  case unwritable(name: String, reason: String)

  public var description: String {
    switch self {
    case .malformed(let file, let rule):
      return "'\(file)' is not a whole safetensors file: \(rule)"
    case .changed(let file):
      return "'\(file)' was changed or damaged after it was written: its bytes do not match its checksum. "
        + "Take the file from where it was copied again"
    case .noChecksum(let file):
      return "'\(file)' has no checksum of Glia's, so it is not a model that Glia wrote, or it was damaged"
    case .noTensor(let name, let file, let names):
      let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
      return "'\(file)' has no tensor '\(name)'; it has \(names.isEmpty ? "none" : shown)"
    case .unwritable(let name, let reason):
      return "cannot write the tensor '\(name)': \(reason)"
    }
  }
}
