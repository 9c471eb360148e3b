import GliaTensors

/// A range of the last axis: [..., size] → [..., end − start].
///
/// With `Parallel` it gives parts of one input to layers of their own:
///
///     Parallel {
///       Sequential { Columns(0..<4); Linear(4, 8) }
///       Sequential { Columns(4..<20); Linear(16, 8) }
///     }
public struct Columns: Layer {
  public static let kind = "columns"
  public static let hyperparameters = [
    Hyperparameter("start", .integer(0...Int.max), default: nil, "The first column."),
    Hyperparameter("end", .size, default: nil, "The column after the last."),
  ]

  public static func check(_ settings: Settings) throws {
    let (start, end) = (settings.integer("start"), settings.integer("end"))
    guard start < end else {
      throw SettingError("\(kind): start is \(start); it has to be less than end, which is \(end).")
    }
  }

  public let range: Range<Int>
  public init(_ range: Range<Int>) { self.range = range }
  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(all.integer("start")..<all.integer("end"))
  }
  public var settings: Settings { ["start": Setting(range.lowerBound), "end": Setting(range.upperBound)] }

  public func outputShape(of input: Shape, dtype: DType) throws -> Shape {
    guard let size = input.last, range.upperBound <= size else {
      throw mismatch("Columns takes \(range) of the last axis, got \(input).")
    }
    return nominalOutputShape(of: input)
  }

  public func nominalOutputShape(of input: Shape) -> Shape { Shape(Array(input.dropLast()) + [range.count]) }

  public func apply(_ x: Tensor) -> Tensor { x.sliced(range, axis: -1) }
}
