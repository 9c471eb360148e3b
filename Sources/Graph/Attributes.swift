/// What distinguishes one use of a primitive from others of its name, as plain data: `axis=1, size=7`.
///
/// Two nodes with the same name, attributes, type and operands are the same node; printing and files go by the same data.
/// `Size` is `Int` in a graph, and what a size follows from (`GraphDescription.Extent`) where a graph is stored.
package struct Attributes<Size: Hashable & Sendable>: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case size(Size)
    case sizes([Size])
    /// By its bits, so that −0 is not 0 and NaN is itself.
    case numberBits(UInt64)
    case text(String)
    case flag(Bool)

    package static func number(_ value: Double) -> Value { .numberBits(value.bitPattern) }
  }

  package struct Entry: Hashable, Sendable {
    package let name: String
    package let value: Value
  }

  package private(set) var entries: [Entry] = []

  package init() {}

  package subscript(name: String) -> Value? { entries.first { $0.name == name }?.value }

  /// Adds an attribute, or tells that there is one of this name.
  package mutating func add(_ name: String, _ value: Value) -> Bool {
    guard self[name] == nil else { return false }
    entries.append(Entry(name: name, value: value))
    return true
  }

  /// The same with each size replaced, by `convert(name, size)`.
  package func mapSizes<Other>(
    _ convert: (String, Size) throws(GraphError) -> Other
  ) throws(GraphError) -> Attributes<Other> {
    var result = Attributes<Other>()
    for entry in entries {
      let value: Attributes<Other>.Value
      switch entry.value {
      case .size(let size): value = .size(try convert(entry.name, size))
      case .sizes(let sizes):
        var converted: [Other] = []
        for size in sizes { converted.append(try convert(entry.name, size)) }
        value = .sizes(converted)
      case .numberBits(let bits): value = .numberBits(bits)
      case .text(let text): value = .text(text)
      case .flag(let flag): value = .flag(flag)
      }
      result.entries.append(.init(name: entry.name, value: value))
    }
    return result
  }
}

extension Attributes: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, Value)...) {
    entries = elements.map { Entry(name: $0.0, value: $0.1) }
  }
}

extension Attributes: CustomStringConvertible {
  /// In print, without the shape and the dtype, which a node's type says.
  package var description: String {
    entries.filter { $0.name != "shape" && $0.name != "dtype" }.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
  }
}

extension Attributes.Value: CustomStringConvertible {
  package var description: String {
    switch self {
    case .size(let size): "\(size)"
    case .sizes(let sizes): "\(sizes)"
    case .numberBits(let bits): "\(Double(bitPattern: bits))"
    case .text(let text): text
    case .flag(let flag): "\(flag)"
    }
  }
}

// What a primitive reads itself from. What is missing or of another kind is an error that names it.
extension Attributes where Size == Int {
  /// What has no operands says its type besides what else it says.
  package init(_ own: Attributes, type: TensorType) {
    let said: Attributes = ["shape": .sizes(type.shape.dimensions), "dtype": .text(type.dtype.rawValue)]
    entries = own.entries + said.entries
  }

  package func size(_ name: String) throws(GraphError) -> Int {
    guard case .size(let value) = self[name] else { throw wrong(name, "a whole number") }
    return value
  }

  package func sizes(_ name: String) throws(GraphError) -> [Int] {
    guard case .sizes(let value) = self[name] else { throw wrong(name, "a list of whole numbers") }
    return value
  }

  package func number(_ name: String) throws(GraphError) -> Double {
    guard case .numberBits(let bits) = self[name] else { throw wrong(name, "a number") }
    return Double(bitPattern: bits)
  }

  package func text(_ name: String) throws(GraphError) -> String {
    guard case .text(let value) = self[name] else { throw wrong(name, "text") }
    return value
  }

  package func flag(_ name: String) throws(GraphError) -> Bool {
    guard case .flag(let value) = self[name] else { throw wrong(name, "true or false") }
    return value
  }

  package func dtype() throws(GraphError) -> DType {
    let name = try text("dtype")
    guard let dtype = DType(rawValue: name) else {
      throw GraphError("'\(name)' is no dtype; there are \(DType.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return dtype
  }

  package func type() throws(GraphError) -> TensorType { TensorType(Shape(try sizes("shape")), try dtype()) }

  private func wrong(_ name: String, _ expected: String) -> GraphError {
    GraphError(self[name] == nil ? "'\(name)' is missing." : "'\(name)' should be \(expected).")
  }
}
