/// Reads the pickle of a PyTorch state dict (docs.python.org/3/library/pickle.html, pytorch.org/docs/stable/notes/serialization.html).
///
/// A pickle is a program that may call anything. This reader has no way to call anything: it knows the operations that build
/// texts, numbers, tuples, lists and dictionaries, and four names of Python for which it makes the same by itself. Everything else
/// is refused by name.
struct PickleReader {
  /// A rule that is broken, and at which byte of the pickle.
  struct Failure: Error {
    let position: Int
    let rule: String
  }

  /// Lists and tuples; a dictionary's are its keys and values in turn.
  private(set) var containers: [[PickleValue]] = []
  private(set) var result = PickleValue.none

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  static let greatestSize = 1 << 24
  static let greatestRank = 64

  init(_ bytes: UnsafeRawBufferPointer) throws {
    self.bytes = bytes
    while true {
      let code = try byte()
      if code == UInt8(ascii: ".") { break }
      guard let operation = Operation(rawValue: code) else {
        throw failure("the operation \(Self.shown(code)) is not one that state dicts need", back: 1)
      }
      try run(operation)
    }
    guard position == bytes.count else { throw failure("something follows its end") }
    result = try pop()
    guard stack.isEmpty, marks.isEmpty else { throw failure("it ends with values that belong to nothing") }
  }

  enum Operation: UInt8 {
    case proto = 0x80, mark = 0x28, none = 0x4E, newTrue = 0x88, newFalse = 0x89
    case int32 = 0x4A, uint8 = 0x4B, uint16 = 0x4D, long1 = 0x8A, double = 0x47
    case text = 0x58
    case emptyTuple = 0x29, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 0x74
    case emptyList = 0x5D, append = 0x61, appends = 0x65
    case emptyDictionary = 0x7D, setItem = 0x73, setItems = 0x75
    case get = 0x68, longGet = 0x6A, put = 0x71, longPut = 0x72
    case global = 0x63, reduce = 0x52, build = 0x62, persistent = 0x51
  }

  private static func shown(_ code: UInt8) -> String {
    let isPrintable = (0x21...0x7E).contains(code)
    return "0x" + String(code, radix: 16) + (isPrintable ? " ('\(Character(Unicode.Scalar(code)))')" : "")
  }

  // ---- One operation

  private mutating func run(_ operation: Operation) throws {
    switch operation {
    case .proto:
      let version = try byte()
      guard version == 2 || version == 3 else { throw failure("it is of protocol \(version); 2 and 3 can be read") }
    case .mark: marks.append(stack.count)
    case .none: stack.append(.none)
    case .newTrue: stack.append(.flag(true))
    case .newFalse: stack.append(.flag(false))
    case .int32: stack.append(.integer(Int(try number(Int32.self))))
    case .uint8: stack.append(.integer(Int(try byte())))
    case .uint16: stack.append(.integer(Int(try number(UInt16.self))))
    case .long1: stack.append(.integer(try longInteger()))
    case .double: stack.append(.number(Double(bitPattern: UInt64(bigEndian: try number(UInt64.self, little: false)))))
    case .text: stack.append(.text(try text(Int(try number(UInt32.self)))))
    case .emptyTuple: stack.append(.tuple(keep([])))
    case .tuple1: try makeTuple(1)
    case .tuple2: try makeTuple(2)
    case .tuple3: try makeTuple(3)
    case .tuple: stack.append(.tuple(keep(try popMark())))
    case .emptyList: stack.append(.list(keep([])))
    case .append: try extend([pop()])
    case .appends: try extend(popMark())
    case .emptyDictionary: stack.append(.dictionary(keep([])))
    case .setItem: try setItems([pop(), pop()].reversed())
    case .setItems: try setItems(popMark())
    case .get: stack.append(try remembered(Int(try byte())))
    case .longGet: stack.append(try remembered(Int(try number(UInt32.self))))
    case .put: memo[Int(try byte())] = try top()
    case .longPut: memo[Int(try number(UInt32.self))] = try top()
    case .global: try pushGlobal()
    case .reduce: try reduce()
    case .build: try build()
    case .persistent: try pushStorage()
    }
  }

  private mutating func makeTuple(_ count: Int) throws {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    stack.append(.tuple(keep(values.reversed())))
  }

  private mutating func keep(_ values: [PickleValue]) -> Int {
    containers.append(values)
    return containers.count - 1
  }

  private mutating func extend(_ values: [PickleValue]) throws {
    guard case .list(let place) = try top() else { throw failure("values are appended to \(try top().kind)", back: 1) }
    containers[place] += values
  }

  private mutating func setItems(_ values: [PickleValue]) throws {
    guard case .dictionary(let place) = try top(), values.count % 2 == 0 else {
      throw failure("keys and values are set in \(try top().kind)", back: 1)
    }
    containers[place] += values
  }

  private func remembered(_ index: Int) throws -> PickleValue {
    guard let value = memo[index] else { throw failure("nothing was kept under \(index)") }
    return value
  }

  private mutating func pushGlobal() throws {
    let start = position
    let (module, name) = (try line(), try line())
    guard let global = PickleGlobal(module: module, name: name) else {
      let what = module.hasPrefix("torch.") || module == "torch" ? "no part of a plain state dict" : "code of its own"
      throw Failure(
        position: start,
        rule: "it needs '\(module).\(name)', which is \(what), and nothing is run here. "
          + "Save the state dict by itself: torch.save(model.state_dict(), path)")
    }
    stack.append(.global(global))
  }

  /// Makes what a call of one of the known names would give.
  private mutating func reduce() throws {
    guard case .tuple(let place) = try pop(), case .global(let global) = try pop() else {
      throw failure("a call needs a name and a tuple", back: 1)
    }
    let arguments = containers[place]
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw failure("OrderedDict is called with arguments", back: 1) }
      stack.append(.dictionary(keep([])))
    case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
    case .rebuildParameter:
      guard arguments.count == 3, case .tensor = arguments[0] else {
        throw failure("_rebuild_parameter needs a tensor, a flag and hooks", back: 1)
      }
      stack.append(arguments[0])
    case .storageType: throw failure("a storage's type is called", back: 1)
    }
  }

  /// (storage, offset, sizes, strides, whether it has a gradient, hooks)
  private func tensor(_ arguments: [PickleValue]) throws -> TensorView {
    guard arguments.count == 6, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = sizes(arguments[2]), let strides = sizes(arguments[3]), shape.count == strides.count, offset >= 0
    else {
      throw failure(
        "a tensor should have a storage, an offset, sizes and strides, none of them negative, a flag and hooks", back: 1
      )
    }
    let shown = "the tensor of shape \(shape)"
    guard storage.dtype.byteCount(shape: shape) != nil else {
      throw failure("\(shown) is too large to be held", back: 1)
    }
    guard let end = StridedView.end(shape: shape, strides: strides, offset: offset), end <= storage.count else {
      throw failure(
        "\(shown), strides \(strides) and offset \(offset) reaches out of its storage of \(storage.count) numbers",
        back: 1)
    }
    return TensorView(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func sizes(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let place) = value, containers[place].count <= Self.greatestRank else { return nil }
    var sizes: [Int] = []
    for value in containers[place] {
      guard case .integer(let size) = value, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  /// A state dict carries the versions of its modules as an attribute, which is passed over.
  private mutating func build() throws {
    guard case .dictionary = try pop(), case .dictionary = try top() else {
      throw failure("attributes are set on something other than a state dict", back: 1)
    }
  }

  /// ('storage', type, key, device, count)
  private mutating func pushStorage() throws {
    guard case .tuple(let place) = try pop() else { throw failure("a storage should be named by a tuple", back: 1) }
    let parts = containers[place]
    guard parts.count == 5, case .text("storage") = parts[0], case .global(.storageType(let dtype)) = parts[1],
      case .text(let key) = parts[2], case .text = parts[3], case .integer(let count) = parts[4], count >= 0
    else { throw failure("a storage should be ('storage', type, key, device, count)", back: 1) }
    stack.append(.storage(PickleStorage(dtype: dtype, key: key, count: count)))
  }

  // ---- The stack

  private func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw failure("a value is missing", back: 1) }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw failure("a mark is missing", back: 1) }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  // ---- The bytes

  private func failure(_ rule: String, back: Int = 0) -> Failure { Failure(position: position - back, rule: rule) }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else { throw failure("it is cut short") }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  private mutating func byte() throws -> UInt8 { try take(1)[0] }

  private mutating func number<Word: FixedWidthInteger & BitwiseCopyable>(
    _: Word.Type, little: Bool = true
  ) throws -> Word {
    let word = try take(MemoryLayout<Word>.size).loadUnaligned(as: Word.self)
    return little ? Word(littleEndian: word) : word
  }

  /// Two's complement in as few bytes as it takes.
  private mutating func longInteger() throws -> Int {
    let count = Int(try byte())
    guard count <= 8 else { throw failure("a whole number has \(count) bytes; at most 8 can be read") }
    let digits = try take(count)
    var value: UInt64 = digits.last.map { $0 >= 0x80 } == true ? .max : 0
    for digit in digits.reversed() { value = value << 8 | UInt64(digit) }
    return Int(Int64(bitPattern: value))
  }

  private mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw failure("a text is not UTF-8") }
    return text
  }

  private mutating func line() throws -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw failure("it is cut short within a name") }
    let line = try text(end - position)
    position = end + 1
    return line
  }
}
