/// What a state dict's pickle can hold. Containers lie in the reader's list and are named by their place there, so that nothing
/// that a file nests makes anything here recurse.
enum PickleValue {
  case none
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(PickleStorage)
  case tensor(TensorView)

  /// The kind in words, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .flag: "a truth value"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "text"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a function or type"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// The names of Python that a state dict needs; all others are refused.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case storageType(TensorDType)

  static let storages: [String: TensorDType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8,
    "BoolStorage": .bool,
  ]

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _):
      guard let dtype = Self.storages[name] else { return nil }
      self = .storageType(dtype)
    default: return nil
    }
  }
}

/// Numbers that lie in an entry of the archive.
struct PickleStorage: Equatable {
  let dtype: TensorDType
  let key: String
  let count: Int
}

/// A tensor as a part of a storage; offset and strides are counted in numbers.
struct TensorView {
  let storage: PickleStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
