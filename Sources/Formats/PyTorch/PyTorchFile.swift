/// The tensors of a PyTorch file, `.pt` or `.pth`, as `torch.save` writes it: a ZIP file with a pickle and a file for each storage.
///
///     try model.load(PyTorchFile(path: "net.pt"))
///
/// Nothing in the file is run: of the pickle only what state dicts need is understood (`PickleReader`). Tensors may be parts of
/// a storage, transposed, or share one. Those within dictionaries and lists are named by the path to them
/// ("model.fc1.weight"); what is no tensor is passed over.
public struct PyTorchFile: TensorFile, Sendable {
  public let names: [String]
  private let archive: ZipArchive
  private let path: String
  private let folder: String
  private let isBigEndian: Bool
  private let views: [String: TensorView]

  static let format = "PyTorch"
  /// How deep dictionaries may lie in one another.
  static let greatestDepth = 64

  /// - Parameter key: The path of the dictionary to take, where the state dict is a part of what was saved: "state_dict".
  /// - Throws: `FileError` where it cannot be read, ``TensorFileError`` where it breaks a rule of the format, holds code, or has
  ///   no tensor under the key.
  public init(path: String, under key: String? = nil) throws {
    try self.init(.mapped(MappedFile(path: path)), path: path, under: key)
  }

  /// Takes a file's bytes from memory, with the same checks.
  public init(bytes: [UInt8], under key: String? = nil) throws {
    try self.init(.held(bytes), path: "the bytes", under: key)
  }

  private init(_ content: FileContent, path: String, under key: String?) throws {
    func broken(_ rule: String) -> TensorFileError { .malformed(file: path, format: Self.format, rule: rule) }
    // Before version 1.6 the file was a pickle by itself, of a number that says so.
    let isOld = content.withBytes { $0.count > 2 && $0[0] == 0x80 }
    guard !isOld else {
      throw broken("it is a bare pickle, as PyTorch before 1.6 wrote; load it there and torch.save it with a newer one")
    }
    archive = try ZipArchive(content, path: path, format: Self.format)
    self.path = path
    let pickles = archive.entries.filter { $0.name.split(separator: "/").last == "data.pkl" }
    guard pickles.count == 1, let pickle = pickles.first else {
      throw broken("it should have one entry 'data.pkl', but has \(pickles.count)")
    }
    guard pickle.size <= PickleReader.greatestSize else {
      throw broken("its data.pkl has \(pickle.size) bytes; at most \(PickleReader.greatestSize) are allowed")
    }
    folder = String(pickle.name.dropLast("data.pkl".count))
    isBigEndian = try Self.isBigEndian(archive, folder, broken)
    let search = try archive.withBytes(of: pickle) { bytes in
      do {
        return try TensorSearch(PickleReader(bytes), limit: bytes.count, under: key)
      } catch let failure as PickleReader.Failure {
        throw broken("its data.pkl, byte \(failure.position): \(failure.rule)")
      } catch let failure as TensorSearch.Failure {
        throw broken(failure.rule)
      }
    }
    (names, views) = (search.names, search.views)
    try checkStorages(broken)
  }

  private static func isBigEndian(
    _ archive: ZipArchive, _ folder: String, _ broken: (String) -> TensorFileError
  ) throws -> Bool {
    guard let entry = archive[folder + "byteorder"] else { return false }
    let order = try archive.withBytes(of: entry) { String(decoding: $0.prefix(8), as: UTF8.self) }
    guard order == "little" || order == "big" else {
      throw broken("its byteorder is '\(order)'; it has to be 'little' or 'big'")
    }
    return order == "big"
  }

  /// Compares what the pickle says with the entries there are, so that no tensor is larger than what the file holds.
  private func checkStorages(_ broken: (String) -> TensorFileError) throws {
    var (stored, claimed) = (0.0, 0.0)
    var seen: Set<String> = []
    for name in names {
      guard let view = views[name] else { continue }
      let storage = view.storage
      guard let entry = archive[folder + "data/" + storage.key] else {
        throw broken("the storage '\(storage.key)' of the tensor '\(name)' is missing")
      }
      guard entry.size / storage.dtype.size == storage.count else {
        throw broken(
          "the storage '\(storage.key)' of the tensor '\(name)' should have \(storage.count) numbers of "
            + "\(storage.dtype), but has \(entry.size) bytes")
      }
      if seen.insert(storage.key).inserted { stored += Double(entry.size) }
      claimed += Double(storage.dtype.byteCount(shape: view.shape) ?? 0)
    }
    guard claimed <= 8 * stored + 1e6 else {
      throw broken(
        "its tensors repeat \(Int(stored)) stored bytes until they are \(claimed) bytes; save them with .contiguous()")
    }
  }

  /// Reads the tensor of this name, row by row.
  public func stored(_ name: String) throws -> StoredTensor {
    guard let view = views[name], let entry = archive[folder + "data/" + view.storage.key] else {
      throw TensorFileError.noTensor(name: name, file: path, names: names)
    }
    let dtype = view.storage.dtype
    var bytes = try archive.withBytes(of: entry) {
      StridedView.copied($0, size: dtype.size, shape: view.shape, strides: view.strides, offset: view.offset)
    }
    if isBigEndian { StridedView.swapBytes(&bytes, size: dtype.size) }
    return StoredTensor(checked: dtype, view.shape, bytes)
  }
}

/// The walk through what a pickle holds that finds its tensors and names them by their paths.
private struct TensorSearch {
  private(set) var names: [String] = []
  private(set) var views: [String: TensorView] = [:]
  private let reader: PickleReader
  private var visits = 0
  private var pathBytes = 0
  private let limit: Int

  struct Failure: Error { let rule: String }

  init(_ reader: PickleReader, limit: Int, under key: String?) throws {
    self.reader = reader
    self.limit = limit
    guard case .dictionary = reader.result else {
      throw Failure(rule: "it holds \(reader.result.kind), not a state dict; save torch.save(model.state_dict(), path)")
    }
    try visit(reader.result, path: "", depth: 0)
    if let key {
      let all = names
      names = all.filter { $0.hasPrefix(key + ".") }
      guard !names.isEmpty else {
        throw Failure(rule: "it has no tensor under '\(key)'; it has \(all.prefix(8).joined(separator: ", "))")
      }
      let kept = names.compactMap { name in views[name].map { (String(name.dropFirst(key.count + 1)), $0) } }
      (names, views) = (kept.map(\.0), Dictionary(kept) { first, _ in first })
    }
  }

  private mutating func visit(_ value: PickleValue, path: String, depth: Int) throws {
    visits += 1
    pathBytes += path.utf8.count
    // A container that stands in many places costs the pickle two bytes each time, and the walk all that it holds.
    guard visits <= limit, pathBytes <= 64 * limit else {
      throw Failure(rule: "its dictionaries hold one another over and over")
    }
    guard depth <= PyTorchFile.greatestDepth else {
      throw Failure(rule: "its dictionaries lie more than \(PyTorchFile.greatestDepth) deep in one another")
    }
    switch value {
    case .tensor(let view):
      guard views.updateValue(view, forKey: path) == nil else {
        throw Failure(rule: "two tensors are called '\(path)'")
      }
      names.append(path)
    case .list(let place), .tuple(let place):
      for (index, value) in reader.containers[place].enumerated() {
        try visit(value, path: join(path, "\(index)"), depth: depth + 1)
      }
    case .dictionary(let place):
      let pairs = reader.containers[place]
      for start in stride(from: 0, to: pairs.count, by: 2) {
        switch pairs[start] {
        case .text(let key): try visit(pairs[start + 1], path: join(path, key), depth: depth + 1)
        case .integer(let key): try visit(pairs[start + 1], path: join(path, "\(key)"), depth: depth + 1)
        default: throw Failure(rule: "a dictionary has \(pairs[start].kind) as a key; text is needed")
        }
      }
    case .storage: throw Failure(rule: "'\(path)' is a bare storage; save a tensor")
    case .global: throw Failure(rule: "'\(path)' is a function or type; save tensors")
    default: break
    }
  }

  private func join(_ path: String, _ step: String) -> String { path.isEmpty ? step : path + "." + step }
}
