import GliaGraph

// Arithmetic follows NumPy's broadcasting: shapes are aligned at their last axes, and axes of 1 stretch.

extension Tensor {
  package static func binary(_ operation: Binary.Operation, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      fatalError(
        "\(operation.rawValue): \(a.shape) and \(b.shape) do not fit together. Aligned at their last axes, each pair of "
          + "lengths has to be equal, or one of them 1.")
    }
    return Tensor(.make(Binary(operation), .broadcast(a.node, shape), .broadcast(b.node, shape)))
  }

  package static func scalar(_ operation: Binary.Operation, _ a: Tensor, _ b: Double) -> Tensor {
    Tensor(.make(Binary(operation), a.node, .fill(b, a.node.type)))
  }

  package static func scalar(_ operation: Binary.Operation, _ a: Double, _ b: Tensor) -> Tensor {
    Tensor(.make(Binary(operation), .fill(a, b.node.type), b.node))
  }

  package func unary(_ operation: Unary.Operation) -> Tensor { Tensor(.make(Unary(operation), node)) }

  /// The sum of each pair of elements; the shapes broadcast, the types have to be the same.
  public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, a, b) }
  /// The difference of each pair of elements; the shapes broadcast, the types have to be the same.
  public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.subtract, a, b) }
  /// The product of each pair of elements; the shapes broadcast, the types have to be the same.
  public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.multiply, a, b) }
  /// The quotient of each pair of elements; the shapes broadcast, the types have to be the same.
  public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.divide, a, b) }
  /// The sum of each element and a number, in the tensor's type.
  public static func + (a: Tensor, b: Double) -> Tensor { scalar(.add, a, b) }
  /// The difference of each element and a number, in the tensor's type.
  public static func - (a: Tensor, b: Double) -> Tensor { scalar(.subtract, a, b) }
  /// The product of each element and a number, in the tensor's type.
  public static func * (a: Tensor, b: Double) -> Tensor { scalar(.multiply, a, b) }
  /// The quotient of each element and a number, in the tensor's type.
  public static func / (a: Tensor, b: Double) -> Tensor { scalar(.divide, a, b) }
  /// The sum of a number and each element, in the tensor's type.
  public static func + (a: Double, b: Tensor) -> Tensor { scalar(.add, a, b) }
  /// The difference of a number and each element, in the tensor's type.
  public static func - (a: Double, b: Tensor) -> Tensor { scalar(.subtract, a, b) }
  /// The product of a number and each element, in the tensor's type.
  public static func * (a: Double, b: Tensor) -> Tensor { scalar(.multiply, a, b) }
  /// The quotient of a number and each element, in the tensor's type.
  public static func / (a: Double, b: Tensor) -> Tensor { scalar(.divide, a, b) }
  /// −x of each element.
  public static prefix func - (a: Tensor) -> Tensor { a.unary(.negate) }

  /// |x| of each element; the gradient at 0 is 0.
  public func abs() -> Tensor { unary(.abs) }
  /// −1, 0 or 1.
  public func sign() -> Tensor { unary(.sign) }
  /// x² of each element.
  public func squared() -> Tensor { unary(.square) }
  /// √x of each element; NaN below 0.
  public func squareRoot() -> Tensor { unary(.squareRoot) }
  /// 1 / √x
  public func reciprocalSquareRoot() -> Tensor { unary(.reciprocalSquareRoot) }
  /// 1 / x of each element.
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  /// eˣ of each element.
  public func exp() -> Tensor { unary(.exp) }
  /// eˣ − 1, exact near 0.
  public func expMinusOne() -> Tensor { unary(.expMinusOne) }
  /// The natural logarithm of each element; −∞ at 0, NaN below.
  public func log() -> Tensor { unary(.log) }
  /// log(1 + x), exact near 0.
  public func logOnePlus() -> Tensor { unary(.logOnePlus) }
  /// The sine of each element, in radians.
  public func sin() -> Tensor { unary(.sin) }
  /// The cosine of each element, in radians.
  public func cos() -> Tensor { unary(.cos) }
  /// The hyperbolic tangent of each element.
  public func tanh() -> Tensor { unary(.tanh) }
  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  /// The error function, 2/√π ∫₀ˣ exp(−t²) dt.
  public func erf() -> Tensor { unary(.erf) }
  /// The greatest integer that is not above each element. No gradient flows.
  public func floor() -> Tensor { unary(.floor) }
  /// The least integer that is not below each element. No gradient flows.
  public func ceil() -> Tensor { unary(.ceil) }
  /// To the nearest integer, halves to the even one.
  public func rounded() -> Tensor { unary(.round) }
  /// Whether each element is NaN: a tensor of bool.
  public func isNaN() -> Tensor { unary(.isNaN) }

  /// x to the power of `exponent`, pair by pair; the shapes broadcast.
  public func power(_ exponent: Tensor) -> Tensor { .binary(.power, self, exponent) }
  /// x to the power of `exponent`, of each element.
  public func power(_ exponent: Double) -> Tensor { .scalar(.power, self, exponent) }
  /// The larger of each pair; NaN if either is. Where both are equal, the gradient goes to `other`.
  public func maximum(_ other: Tensor) -> Tensor { .binary(.maximum, self, other) }
  /// The larger of each element and a number; NaN stays NaN. Where both are equal no gradient flows.
  public func maximum(_ other: Double) -> Tensor { .scalar(.maximum, self, other) }
  /// The smaller of each pair; NaN if either is. Where both are equal, the gradient goes to `other`.
  public func minimum(_ other: Tensor) -> Tensor { .binary(.minimum, self, other) }
  /// The smaller of each element and a number; NaN stays NaN. Where both are equal no gradient flows.
  public func minimum(_ other: Double) -> Tensor { .scalar(.minimum, self, other) }

  // Comparisons give tensors of bool.
  /// Whether the first of each pair is equal to the second: a tensor of bool, of the shape that both broadcast to.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { binary(.equal, a, b) }
  /// Whether the first of each pair differs from the second: a tensor of bool, of the shape that both broadcast to.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { binary(.notEqual, a, b) }
  /// Whether the first of each pair is less than the second: a tensor of bool, of the shape that both broadcast to.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { binary(.less, a, b) }
  /// Whether the first of each pair is not greater than the second: a tensor of bool, of the shape that both broadcast to.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { binary(.lessOrEqual, a, b) }
  /// Whether the first of each pair is greater than the second: a tensor of bool, of the shape that both broadcast to.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { binary(.less, b, a) }
  /// Whether the first of each pair is not less than the second: a tensor of bool, of the shape that both broadcast to.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { binary(.lessOrEqual, b, a) }
  /// Whether each element is equal to the number: a tensor of bool.
  public static func .== (a: Tensor, b: Double) -> Tensor { scalar(.equal, a, b) }
  /// Whether each element differs from the number: a tensor of bool.
  public static func .!= (a: Tensor, b: Double) -> Tensor { scalar(.notEqual, a, b) }
  /// Whether each element is less than the number: a tensor of bool.
  public static func .< (a: Tensor, b: Double) -> Tensor { scalar(.less, a, b) }
  /// Whether each element is not greater than the number: a tensor of bool.
  public static func .<= (a: Tensor, b: Double) -> Tensor { scalar(.lessOrEqual, a, b) }
  /// Whether each element is greater than the number: a tensor of bool.
  public static func .> (a: Tensor, b: Double) -> Tensor { scalar(.less, b, a) }
  /// Whether each element is not less than the number: a tensor of bool.
  public static func .>= (a: Tensor, b: Double) -> Tensor { scalar(.lessOrEqual, b, a) }
  /// Whether both of each pair are true; both tensors are of bool and broadcast.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { binary(.and, a, b) }
  /// Whether one of each pair or both are true; both tensors are of bool and broadcast.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { binary(.or, a, b) }
  /// True where the tensor of bool is false.
  public func not() -> Tensor { unary(.not) }

  /// `self ? a : b`, element by element; self is of bool.
  public func select(_ a: Tensor, _ b: Tensor) -> Tensor {
    guard let pair = Shape.broadcast(a.shape, b.shape), let shape = Shape.broadcast(self.shape, pair) else {
      fatalError("select: \(self.shape), \(a.shape) and \(b.shape) do not fit together.")
    }
    return Tensor(.select(.broadcast(node, shape), .broadcast(a.node, shape), .broadcast(b.node, shape)))
  }

  /// The same numbers in another type; floats become integers by truncation.
  public func cast(to dtype: DType) -> Tensor { Tensor(.cast(node, dtype)) }

  /// The value, through which no gradient flows.
  public func stoppingGradient() -> Tensor { Tensor(.make(StopGradient(), node)) }

  /// The value, with a gradient of your own: `rule` is given the gradient by this value and returns the gradient by each
  /// of `operands`, nil for none.
  public func withGradient(by operands: [Tensor], _ rule: @escaping (Tensor) -> [Tensor?]) -> Tensor {
    Tensor(.make(CustomGradient { rule(Tensor($0)).map { $0?.node } }, [node] + operands.map(\.node)))
  }
}
