import GliaTensors

/// How the parameters that are trained together lie in one flat tensor: each with its name and shape, one behind the other.
///
/// An optimizer that works on each element by itself does not look at it; one that needs matrices or names asks it for them.
public struct ParameterLayout: Hashable, Sendable {
  /// Where one parameter lies in the vector of all.
  public struct Piece: Hashable, Sendable {
    /// The path to the parameter: "0.weight".
    public let name: String
    public let shape: Shape
    /// Where it starts in the flat tensor.
    public let offset: Int
    public var count: Int { shape.elementCount }
  }

  public let pieces: [Piece]
  /// The numbers in all parameters.
  public let count: Int

  public init(_ parameters: [(name: String, shape: Shape)]) {
    var pieces: [Piece] = []
    var count = 0
    for (name, shape) in parameters {
      pieces.append(Piece(name: name, shape: shape, offset: count))
      count += shape.elementCount
    }
    self.pieces = pieces
    self.count = count
  }

  /// The parameters of a flat tensor, each in its shape.
  public func split(_ flat: Tensor) -> [Tensor] {
    pieces.map { flat.sliced($0.offset..<$0.offset + $0.count).reshaped($0.shape) }
  }

  /// Tensors in the parameters' shapes as one flat tensor.
  public func join(_ tensors: [Tensor]) -> Tensor {
    let flat = tensors.map { $0.flattened() }
    return flat.count == 1 ? flat[0] : .concatenate(flat)
  }

  /// The layout of some of the parameters.
  func selecting(_ places: [Int]) -> ParameterLayout {
    ParameterLayout(places.map { (pieces[$0].name, pieces[$0].shape) })
  }

  /// Some of the parameters out of a flat tensor, as a flat tensor of their own. Neighbours stay together.
  func select(_ places: [Int], of flat: Tensor) -> Tensor {
    var ranges: [Range<Int>] = []
    for piece in places.map({ pieces[$0] }) {
      if let last = ranges.last, last.upperBound == piece.offset {
        ranges[ranges.count - 1] = last.lowerBound..<piece.offset + piece.count
      } else {
        ranges.append(piece.offset..<piece.offset + piece.count)
      }
    }
    let parts = ranges.map { flat.sliced($0) }
    return parts.count == 1 ? parts[0] : .concatenate(parts)
  }
}

/// Which parameters are meant: a path as in `freeze`, such as "encoder" or "0.weight", or one that starts with "*." and means
/// every parameter whose path ends so, such as "*.bias". Empty, it means all.
struct ParameterPath: Hashable, Sendable {
  let text: String
  init(_ text: String) { self.text = text }

  func matches(_ name: String) -> Bool {
    if text.isEmpty { return true }
    guard text.hasPrefix("*.") else { return name == text || name.hasPrefix(text + ".") }
    let end = text.dropFirst(2)
    return name == end || name.hasSuffix("." + end)
  }

  /// - Throws: `SettingError` with the names that there are, where the path means none of them.
  func check(_ names: [String]) throws {
    guard !names.contains(where: matches) else { return }
    throw SettingError("No parameter is meant by '\(text)'. There are: \(names.joined(separator: ", ")).")
  }
}
