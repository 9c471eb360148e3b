extension PyTorchFile {
  /// Writes a state dict that `torch.load(path, weights_only=True)` takes, whole or not at all, to the same bytes every time.
  ///
  ///     model.load_state_dict(torch.load("net.pt", weights_only=True))     # in Python
  ///
  /// - Throws: ``TensorFileError/unwritable(name:reason:)`` for a name twice, and for types that state dicts do not have
  ///   (unsigned numbers of more than 8 bits); `FileError` where the file cannot be written.
  public static func write(_ tensors: [(name: String, tensor: StoredTensor)], to path: String) throws {
    let pickle = try pickle(tensors)
    try AtomicFile.write(to: path) { output in
      var zip = ZipWriter()
      func add(_ name: String, _ bytes: [UInt8]) throws {
        try zip.add("archive/" + name, bytes) { try output.write($0) }
      }
      try add("data.pkl", pickle)
      try add("byteorder", Array("little".utf8))
      for (index, entry) in tensors.enumerated() { try add("data/\(index)", entry.tensor.bytes) }
      try add("version", Array("3\n".utf8))
      try zip.finish { try output.write($0) }
    }
  }

  /// An OrderedDict of names and calls of `_rebuild_tensor_v2`, a storage for each.
  private static func pickle(_ tensors: [(name: String, tensor: StoredTensor)]) throws -> [UInt8] {
    var pickle = PickleWriter()
    pickle.makeOrderedDictionary()
    pickle.put(.mark)
    var seen: Set<String> = []
    for (index, (name, tensor)) in tensors.enumerated() {
      guard seen.insert(name).inserted else {
        throw TensorFileError.unwritable(name: name, reason: "there already is a tensor of this name")
      }
      guard let storage = PickleGlobal.storages.first(where: { $0.value == tensor.dtype })?.key else {
        throw TensorFileError.unwritable(
          name: name, reason: "state dicts have no storage of \(tensor.dtype); convert it to int64")
      }
      pickle.put(name)
      pickle.put(module: "torch._utils", name: "_rebuild_tensor_v2")
      pickle.put(.mark)
      pickle.put(.mark)
      pickle.put("storage")
      pickle.put(module: "torch", name: storage)
      pickle.put("\(index)")
      pickle.put("cpu")
      pickle.put(tensor.count)
      pickle.put(.tuple)
      pickle.put(.persistent)
      pickle.put(0)
      pickle.put(tensor.shape)
      pickle.put(StridedView.rowStrides(tensor.shape))
      pickle.put(.newFalse)
      pickle.makeOrderedDictionary()
      pickle.put(.tuple)
      pickle.put(.reduce)
    }
    pickle.put(.setItems)
    return pickle.finished
  }
}

/// Writes the operations that `PickleReader` reads, protocol 2.
private struct PickleWriter {
  private var bytes: [UInt8] = [PickleReader.Operation.proto.rawValue, 2]

  var finished: [UInt8] { bytes + [UInt8(ascii: ".")] }

  mutating func put(_ operation: PickleReader.Operation) { bytes.append(operation.rawValue) }

  mutating func put(_ text: String) {
    put(.text)
    let utf8 = Array(text.utf8)
    bytes += Self.little(UInt32(utf8.count)) + utf8
  }

  mutating func put(_ number: Int) {
    if let small = Int32(exactly: number) {
      put(.int32)
      bytes += Self.little(small)
    } else {
      put(.long1)
      bytes += [8] + Self.little(Int64(number))
    }
  }

  mutating func put(_ numbers: [Int]) {
    put(.mark)
    for number in numbers { put(number) }
    put(.tuple)
  }

  mutating func put(module: String, name: String) {
    put(.global)
    bytes += Array("\(module)\n\(name)\n".utf8)
  }

  mutating func makeOrderedDictionary() {
    put(module: "collections", name: "OrderedDict")
    put(.emptyTuple)
    put(.reduce)
  }

  private static func little<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
}
