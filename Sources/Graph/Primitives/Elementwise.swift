// Operations on each element by itself. Operands have one shape; broadcasting is an operation of its own.

/// An operation on one operand.
package struct Unary: PlainPrimitive {
  package enum Operation: String, CaseIterable, Sendable {
    case negate, abs, sign, square, squareRoot, reciprocalSquareRoot, reciprocal
    case exp, expMinusOne, log, logOnePlus, sin, cos, tanh, sigmoid, erf
    case floor, ceil, round, not, isNaN
  }

  package let operation: Operation
  package init(_ operation: Operation) { self.operation = operation }
  package static let names = Operation.allCases.map(\.rawValue)
  package init(named name: String, _ attributes: Attributes<Int>) { self.init(Operation(rawValue: name)!) }
  package var name: String { operation.rawValue }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    let type = operands[0]
    switch operation {
    case .not:
      guard type.dtype == .bool else { throw error("takes bool, got \(type).") }
      return type
    case .isNaN: return TensorType(type.shape, .bool)
    case .negate, .abs, .sign, .square:
      guard type.dtype != .bool else { throw error("takes numbers, got \(type). Convert it first.") }
      return type
    default:
      guard type.dtype.isFloatingPoint else { throw error("takes floating-point numbers, got \(type).") }
      return type
    }
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let x = node.operands[0]
    let y = node
    switch operation {
    case .negate: return [-g]
    case .abs: return [g * .make(Unary(.sign), x)]
    case .square: return [g * (x * 2)]
    case .squareRoot: return [g * 0.5 / y]
    case .reciprocalSquareRoot: return [g * -0.5 * (y * .make(Unary(.square), y))]
    case .reciprocal: return [-(g * .make(Unary(.square), y))]
    case .exp: return [g * y]
    case .expMinusOne: return [g * (y + 1)]
    case .log: return [g / x]
    case .logOnePlus: return [g / (x + 1)]
    case .sin: return [g * .make(Unary(.cos), x)]
    case .cos: return [-(g * .make(Unary(.sin), x))]
    case .tanh: return [g * (1 - .make(Unary(.square), y))]
    case .sigmoid: return [g * (y * (1 - y))]
    case .erf: return [g * (.make(Unary(.exp), -.make(Unary(.square), x)) * (2 / Double.pi.squareRoot()))]
    case .sign, .floor, .ceil, .round, .not, .isNaN: return [nil]
    }
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let f = function
    return ReferenceArray(result, operands[0].values.map(f))
  }

  private var function: (Double) -> Double {
    switch operation {
    case .negate: { -$0 }
    case .abs: { Swift.abs($0) }
    case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .square: { $0 * $0 }
    case .squareRoot: { $0.squareRoot() }
    case .reciprocalSquareRoot: { 1 / $0.squareRoot() }
    case .reciprocal: { 1 / $0 }
    case .exp: { _exp($0) }
    case .expMinusOne: { _expm1($0) }
    case .log: { _log($0) }
    case .logOnePlus: { _log1p($0) }
    case .sin: { _sin($0) }
    case .cos: { _cos($0) }
    case .tanh: { _tanh($0) }
    case .sigmoid: { $0 >= 0 ? 1 / (1 + _exp(-$0)) : _exp($0) / (1 + _exp($0)) }
    case .erf: { _erf($0) }
    case .floor: { $0.rounded(.down) }
    case .ceil: { $0.rounded(.up) }
    case .round: { $0.rounded(.toNearestOrEven) }
    case .not: { $0 == 0 ? 1 : 0 }
    case .isNaN: { $0.isNaN ? 1 : 0 }
    }
  }
}

// The C library's functions under names that the cases above do not hide.
private func _exp(_ x: Double) -> Double { exp(x) }
private func _expm1(_ x: Double) -> Double { expm1(x) }
private func _log(_ x: Double) -> Double { log(x) }
private func _log1p(_ x: Double) -> Double { log1p(x) }
private func _sin(_ x: Double) -> Double { sin(x) }
private func _cos(_ x: Double) -> Double { cos(x) }
private func _tanh(_ x: Double) -> Double { tanh(x) }
private func _erf(_ x: Double) -> Double { erf(x) }

/// An operation on two operands of one type.
package struct Binary: PlainPrimitive {
  package enum Operation: String, CaseIterable, Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum
    case equal, notEqual, less, lessOrEqual, and, or

    package var isComparison: Bool {
      switch self {
      case .equal, .notEqual, .less, .lessOrEqual: true
      default: false
      }
    }
  }

  package let operation: Operation
  package init(_ operation: Operation) { self.operation = operation }
  package static let names = Operation.allCases.map(\.rawValue)
  package init(named name: String, _ attributes: Attributes<Int>) { self.init(Operation(rawValue: name)!) }
  package var name: String { operation.rawValue }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    guard a.shape == b.shape else { throw error("the shapes differ: \(a.shape) and \(b.shape).") }
    guard a.dtype == b.dtype else {
      throw error("the types differ: \(a.dtype) and \(b.dtype). Convert one of them, for example with `.cast(to:)`.")
    }
    switch operation {
    case .and, .or:
      guard a.dtype == .bool else { throw error("takes bool, got \(a.dtype).") }
      return a
    case .equal, .notEqual, .less, .lessOrEqual: return TensorType(a.shape, .bool)
    case .maximum, .minimum: return a
    default:
      guard a.dtype != .bool else { throw error("takes numbers, got bool. Convert it first with `.cast(to:)`.") }
      return a
    }
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let (a, b) = (node.operands[0], node.operands[1])
    switch operation {
    case .add: return [g, g]
    case .subtract: return [g, -g]
    case .multiply: return [g * b, g * a]
    case .divide: return [g / b, -(g * node / b)]
    case .power:
      let one = Node.fill(1, a.type)
      let safe = Node.select(Node.compare(.less, .fill(0, a.type), a), a, one)
      return [g * b * .make(Binary(.power), a, b - 1), g * node * .make(Unary(.log), safe)]
    case .maximum:
      // Where both are equal the gradient goes to the second, so that max(x, 0) has slope 0 at 0.
      let first = Node.compare(.less, b, node)
      return [.select(first, g, .fill(0, g.type)), .select(first, .fill(0, g.type), g)]
    case .minimum:
      let first = Node.compare(.less, node, b)
      return [.select(first, g, .fill(0, g.type)), .select(first, .fill(0, g.type), g)]
    case .equal, .notEqual, .less, .lessOrEqual, .and, .or: return [nil, nil]
    }
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let f = function(isInteger: operands[0].type.dtype.isInteger)
    return ReferenceArray(result, zip(operands[0].values, operands[1].values).map(f))
  }

  private func function(isInteger: Bool) -> (Double, Double) -> Double {
    switch operation {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: isInteger ? { ($0 / $1).rounded(.towardZero) } : { $0 / $1 }
    case .power: { pow($0, $1) }
    case .maximum: { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
    case .minimum: { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }
    case .equal: { $0 == $1 ? 1 : 0 }
    case .notEqual: { $0 != $1 ? 1 : 0 }
    case .less: { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: { $0 <= $1 ? 1 : 0 }
    case .and: { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: { $0 != 0 || $1 != 0 ? 1 : 0 }
    }
  }
}

/// `condition ? a : b`, element by element.
package struct Select: PlainPrimitive {
  package init() {}
  package static let names = ["select"]
  package init(named name: String, _ attributes: Attributes<Int>) { self.init() }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(3, operands)
    guard operands[0].dtype == .bool else { throw error("the condition is bool, got \(operands[0]).") }
    guard operands[1] == operands[2], operands[0].shape == operands[1].shape else {
      throw error("the operands differ: \(operands[0]), \(operands[1]) and \(operands[2]).")
    }
    return operands[1]
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let zero = Node.fill(0, g.type)
    return [nil, .select(node.operands[0], g, zero), .select(node.operands[0], zero, g)]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let (c, a, b) = (operands[0].values, operands[1].values, operands[2].values)
    return ReferenceArray(result, c.indices.map { c[$0] != 0 ? a[$0] : b[$0] })
  }
}

/// The same numbers in another type; floats become integers by truncation, numbers become bool by `≠ 0`.
package struct Cast: PlainPrimitive {
  package let dtype: DType
  package init(_ dtype: DType) { self.dtype = dtype }
  package static let names = ["cast"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try attributes.dtype())
  }
  package var attributes: Attributes<Int> { ["dtype": .text(dtype.rawValue)] }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    return TensorType(operands[0].shape, dtype)
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let source = node.operands[0].dtype
    return [source.isFloatingPoint && dtype.isFloatingPoint ? .cast(g, source) : nil]
  }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let values = operands[0].values
    switch dtype {
    case .bool: return ReferenceArray(result, values.map { $0 != 0 ? 1 : 0 })
    case .int32: return ReferenceArray(result, values.map { Double(Int32(saturating: $0)) })
    case .int64: return ReferenceArray(result, values.map { Double(Int64(saturating: $0)) })
    case .float32: return ReferenceArray(result, values.map { Double(Float($0)) })
    case .bfloat16:
      return ReferenceArray(
        result, values.map { Double(HalfPrecision.fromBFloat16(HalfPrecision.bfloat16(Float($0)))) })
    case .float16:
      return ReferenceArray(result, values.map { Double(HalfPrecision.fromFloat16(HalfPrecision.float16(Float($0)))) })
    case .float64: return ReferenceArray(result, values)
    }
  }
}

/// The value itself, through which no gradient flows.
package struct StopGradient: PlainPrimitive {
  package init() {}
  package static let names = ["stopGradient"]
  package init(named name: String, _ attributes: Attributes<Int>) { self.init() }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    return operands[0]
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [nil] }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray { operands[0] }
}

/// The first operand's value, with a gradient by the others that its author gives.
package struct CustomGradient: Primitive {
  package let rule: (Node) -> [Node?]
  package init(_ rule: @escaping (Node) -> [Node?]) { self.rule = rule }
  package var name: String { "customGradient" }
  package var isMergeable: Bool { false }
  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    guard !operands.isEmpty else { throw error("takes a value and the operands its gradient is by.") }
    return operands[0]
  }
  package func gradients(_ node: Node, _ g: Node) -> [Node?] {
    let given = rule(g)
    precondition(given.count == node.operands.count - 1, "A custom gradient gives one gradient for each operand.")
    return [nil] + given
  }
  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray { operands[0] }
}
