import GliaGraph
import GliaTensors

/// The walk through a module's stored properties that finds its parameters and layers.
///
/// It descends into whatever can hold one: structs, arrays, optionals, dictionaries, tuples, enums and modules that are
/// classes. A property's label is a step of the path; an element's is its index or key.
struct ParameterSearch {
  private(set) var found: [NamedParameter] = []
  /// Further paths to parameters that were found before, which PyTorch's state dicts have too.
  private(set) var shared: [NamedParameter] = []
  /// The parts, such as layers, with their paths.
  private(set) var parts: [(path: String, part: any Part)] = []
  private var seen: Set<ObjectIdentifier> = []
  /// Whether parameters are told their path; not where a layer looks at itself, which does not know what it is a part of.
  private let isNaming: Bool

  init(_ module: some Module, isNaming: Bool = true) {
    self.isNaming = isNaming
    visit(module, path: "")
  }

  private mutating func visit(_ value: Any, path: String) {
    if let parameter = value as? Parameter {
      guard seen.insert(ObjectIdentifier(parameter)).inserted else {
        shared.append(NamedParameter(name: path, parameter: parameter))
        return
      }
      if isNaming { parameter.name = path }
      found.append(NamedParameter(name: path, parameter: parameter))
      return
    }
    if value is Tensor || value is Settings || value is Initializer { return }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class {
      // Other classes may be part of anything, and refer back.
      guard value is any Module, seen.insert(ObjectIdentifier(value as AnyObject)).inserted else { return }
    }
    if let part = value as? any Part { parts.append((path, part)) }
    descend(mirror, path)
  }

  private mutating func descend(_ mirror: Mirror, _ path: String) {
    if let parent = mirror.superclassMirror { descend(parent, path) }
    switch mirror.displayStyle {
    case .optional, .enum:
      for child in mirror.children { visit(child.value, path: path) }
    case .dictionary:
      let pairs = mirror.children.compactMap { child -> (String, Any)? in
        let pair = Mirror(reflecting: child.value).children.map(\.value)
        return pair.count == 2 ? ("\(pair[0])", pair[1]) : nil
      }
      // A dictionary's own order changes from run to run.
      for (key, value) in pairs.sorted(by: { $0.0 < $1.0 }) { visit(value, path: join(path, key)) }
    default:
      for (index, child) in mirror.children.enumerated() {
        let label = (child.value as? Parameter)?.givenName ?? child.label ?? String(index)
        visit(child.value, path: join(path, label.hasPrefix(".") ? String(label.dropFirst()) : label))
      }
    }
  }

  private func join(_ path: String, _ step: String) -> String { path.isEmpty ? step : path + "." + step }

  /// The sizes as numbers that can be counted and held, with what an optimizer needs besides where the network is trained.
  static func checkMemory(
    _ parameters: [NamedParameter], trainedWith optimizer: (any Optimizer)? = nil, memory: Int = memoryLimit()
  ) throws {
    var bytes = 0.0
    for entry in parameters {
      guard let count = entry.parameter.shape.countedElements else {
        throw SettingError(
          "The parameter '\(entry.name)' of shape \(entry.parameter.shape) has more numbers than can be counted.")
      }
      bytes += Double(count) * Double(entry.parameter.dtype.byteCount)
    }
    let isHeld = bytes <= Double(memory)
    if isHeld, let optimizer { bytes += trainingBytes(parameters, optimizer) }
    guard bytes <= Double(memory) else {
      let gigabytes = { (value: Double) in "\((value / 1e8).rounded() / 10) GB" }
      throw SettingError(
        "The network's parameters take \(gigabytes(bytes))"
          + (isHeld ? " with their gradients and what the optimizer keeps for them" : "")
          + "; there are \(gigabytes(Double(memory))) of memory. Make its layers smaller.")
    }
  }

  /// The parameters side by side, their gradients and the optimizer's state; the parameters themselves are counted already.
  private static func trainingBytes(_ parameters: [NamedParameter], _ optimizer: any Optimizer) -> Double {
    let trained = parameters.filter(\.parameter.isTrainable)
    guard let width = trained.first?.parameter.dtype.byteCount else { return 0 }
    let layout = ParameterLayout(trained.map { ($0.name, $0.parameter.shape) })
    let numbers = optimizer.slots(for: layout).reduce(2 * Double(layout.count)) { sum, slot in
      switch slot.layout {
      case .likeParameter: sum + Double((slot.parameters ?? layout).count)
      case .scalar: sum + 1
      case .shape(let shape): sum + Double(shape.elementCount)
      }
    }
    return numbers * Double(width)
  }
}
