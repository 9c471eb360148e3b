import GliaTensors

extension Initializer {
  /// 0 everywhere: right for biases; a layer whose weight starts so does not learn, since all its units stay alike.
  public static var zeros: Initializer { Initializer("zeros") { shape, _, dtype in .zeros(shape, dtype: dtype) } }

  /// 1 everywhere.
  public static var ones: Initializer { Initializer("ones") { shape, _, dtype in .ones(shape, dtype: dtype) } }

  /// One number everywhere.
  public static func constant(_ value: Double) -> Initializer {
    Initializer("constant", ["value": .number(value)]) { shape, _, dtype in
      Tensor(repeating: value, shape: shape, dtype: dtype)
    }
  }

  /// `gain` times the identity: a weight of [size, size] passes its input on. Where the sizes differ, it is 0 beside the
  /// diagonal of the square; a kernel [outputs, inputs, …] has it at its middle, and a vector is `gain` everywhere.
  public static func identity(gain: Double = 1) -> Initializer {
    Initializer("identity", ["gain": .number(gain)]) { shape, _, dtype in
      guard shape.rank >= 2 else { return Tensor(repeating: gain, shape: shape, dtype: dtype) }
      let place = { Tensor.iota(shape, axis: $0, dtype: .int64) }
      var isOne = place(0) .== place(1)
      for axis in 2..<shape.rank { isOne = isOne .& (place(axis) .== Double(shape[axis] / 2)) }
      return isOne.cast(to: dtype) * gain
    }
  }
}
