import GliaTensors

/// x, cut off at `minimum` and `maximum`, with slope 0 at both and beyond.
///
/// Collobert 2004, "Large scale machine learning", thesis, Université Paris 6.
public func hardTanh(_ x: Tensor, minimum: Double = -1, maximum: Double = 1) -> Tensor {
  x.maximum(minimum).minimum(maximum)
}

/// min(max(x, 0), 6).
///
/// Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10".
public func relu6(_ x: Tensor) -> Tensor { hardTanh(x, minimum: 0, maximum: 6) }

/// relu6(x + 3) / 6: a sigmoid of straight lines, 0 below −3 and 1 above 3. (Keras 2's has slope 0.2 in place of 1/6.)
///
/// Courbariaux, Bengio and David 2015, "BinaryConnect", arXiv:1511.00363; with these lines, Howard et al. 2019,
/// arXiv:1905.02244.
public func hardSigmoid(_ x: Tensor) -> Tensor { relu6(x + 3.0) / 6.0 }

/// x · hardSigmoid(x).
///
/// Howard, Sandler, Chu, Chen et al. 2019, "Searching for MobileNetV3", arXiv:1905.02244.
public func hardSwish(_ x: Tensor) -> Tensor { x * hardSigmoid(x) }

/// `hardTanh` as a layer.
public struct HardTanh: Activation {
  public static let kind = "hardTanh"
  public static let hyperparameters = [
    Hyperparameter("minimum", .anyNumber, default: -1, "The least result."),
    Hyperparameter("maximum", .anyNumber, default: 1, "The greatest result; above the minimum."),
  ]

  public static func check(_ settings: Settings) throws {
    let (minimum, maximum) = (settings.number("minimum"), settings.number("maximum"))
    guard minimum < maximum else {
      throw SettingError("\(kind): minimum is \(minimum); it has to be less than maximum, which is \(maximum).")
    }
  }

  public let minimum, maximum: Double
  public init(minimum: Double = -1, maximum: Double = 1) {
    self.minimum = minimum
    self.maximum = maximum
  }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(minimum: all.number("minimum"), maximum: all.number("maximum"))
  }
  public var settings: Settings { ["minimum": .number(minimum), "maximum": .number(maximum)] }
  public func apply(_ x: Tensor) -> Tensor { hardTanh(x, minimum: minimum, maximum: maximum) }
}

/// `relu6` as a layer.
public struct ReLU6: PlainActivation {
  public static let kind = "relu6"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { relu6(x) }
}

/// `hardSigmoid` as a layer.
public struct HardSigmoid: PlainActivation {
  public static let kind = "hardSigmoid"
  public init() {}
  public func apply(_ x: Tensor) -> Tensor { hardSigmoid(x) }
}

/// `hardSwish` as a layer.
public struct HardSwish: PlainActivation {
  public static let kind = "hardSwish"
  public init() {}
  public var precedingInitializer: Initializer { .heNormal }
  public func apply(_ x: Tensor) -> Tensor { hardSwish(x) }
}
