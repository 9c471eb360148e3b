import GliaGraph
import GliaTensors

/// The trainable parameters of a model one behind the other in one piece of memory, and what the optimizer keeps for them in
/// pieces laid out alike, so that an update is one pass over memory.
package final class ParameterArena {
  package struct Place {
    package let name: String
    package let parameter: Parameter
    package let offset: Int
    package let count: Int
  }

  package let places: [Place]
  package let flat: Variable
  package let slots: [Variable]
  /// Where each parameter lies, for optimizers that ask.
  let parameters: ParameterLayout
  /// The parts of the slots by name.
  private let entries: [Entry]
  /// Of all parameters of the model, frozen ones too.
  private let layout: Layout

  /// Something that the optimizer keeps: "firstMoment/0.weight" of one parameter, "beta1Power" of all.
  struct Entry {
    let name: String
    let slot: Variable
    let type: TensorType
    let byteOffset: Int

    var address: UnsafeMutableRawPointer { slot.address + byteOffset }

    /// What it holds now.
    var value: Tensor {
      let buffer = Buffer(byteCount: type.byteCount)
      buffer.address.copyMemory(from: address, byteCount: type.byteCount)
      return Tensor(.make(Constant(buffer, type)))
    }

    func write(_ value: Tensor) {
      address.copyMemory(from: value.cast(to: type.dtype).buffer.address, byteCount: type.byteCount)
    }
  }

  /// Moves the trainable parameters here.
  init(_ all: [NamedParameter], _ optimizer: any Optimizer) throws {
    places = try ParameterArena.places(of: all)
    let dtype = places[0].parameter.dtype
    parameters = ParameterLayout(places.map { ($0.name, $0.parameter.shape) })
    let type = TensorType([parameters.count], dtype)
    flat = Variable(type, name: "parameters")
    var slots: [Variable] = []
    var entries: [Entry] = []
    for slot in optimizer.slots(for: parameters) {
      let own = ParameterArena.make(slot, parameters, dtype)
      slots.append(own.variable)
      entries += own.entries
    }
    self.slots = slots
    self.entries = entries
    for place in places {
      place.parameter.variable.move(to: flat.buffer, byteOffset: place.offset * type.dtype.byteCount)
    }
    layout = Layout(of: all.map(\.parameter.variable))
  }

  private static func places(of all: [NamedParameter]) throws -> [Place] {
    var places: [Place] = []
    var count = 0
    for entry in all where entry.parameter.isTrainable {
      let size = entry.parameter.shape.elementCount
      places.append(Place(name: entry.name, parameter: entry.parameter, offset: count, count: size))
      count += size
    }
    guard let first = places.first?.parameter else {
      throw SettingError(
        all.isEmpty
          ? "The network has no parameters to train."
          : "Every parameter of the network is frozen, so nothing is left to train. Undo it with `unfreeze()`.")
    }
    if let other = places.first(where: { $0.parameter.dtype != first.dtype }) {
      throw SettingError(
        "'\(places[0].name)' is \(first.dtype), '\(other.name)' \(other.parameter.dtype): "
          + "parameters that are trained together have one type.")
    }
    return places
  }

  private static func make(_ slot: OptimizerSlot, _ parameters: ParameterLayout, _ dtype: DType)
    -> (variable: Variable, entries: [Entry])
  {
    let pieces = (slot.parameters ?? parameters)
    let type: TensorType =
      switch slot.layout {
      case .likeParameter: TensorType([pieces.count], dtype)
      case .scalar: TensorType([], .float64)
      case .shape(let shape): TensorType(shape, dtype)
      }
    let variable = Variable(type, name: slot.name)
    if slot.initialValue != 0 {
      let values = [Double](repeating: slot.initialValue, count: type.shape.elementCount)
      ReferenceArray(type, values).write(to: variable.address)
    }
    guard slot.layout == .likeParameter else {
      return (variable, [Entry(name: slot.name, slot: variable, type: type, byteOffset: 0)])
    }
    return (
      variable,
      pieces.pieces.map {
        Entry(
          name: slot.name + "/" + $0.name, slot: variable, type: TensorType($0.shape, dtype),
          byteOffset: $0.offset * dtype.byteCount)
      }
    )
  }

  package var dtype: DType { flat.type.dtype }

  /// Whether the arena still is what the parameters say: none frozen or unfrozen since, none moved elsewhere.
  package var isCurrent: Bool { layout.holds }

  /// Moves what is here, and is not trained any more, to memory of its own.
  func release() {
    for place in places where !place.parameter.isTrainable {
      let variable = place.parameter.variable
      if variable.buffer === flat.buffer {
        variable.move(to: Buffer(byteCount: variable.type.byteCount), byteOffset: 0)
      }
    }
  }

  /// Takes over what the optimizer kept, for an arena of fewer parameters. One of more starts anew: a mean that starts at 0
  /// has to be corrected by its own count of steps, and there is one count for all.
  func inherit(from old: ParameterArena) {
    let known = Dictionary(old.entries.map { ($0.name, $0) }) { first, _ in first }
    guard entries.allSatisfy({ known[$0.name]?.type == $0.type }) else { return }
    for entry in entries {
      entry.address.copyMemory(from: known[entry.name]!.address, byteCount: entry.type.byteCount)
    }
  }

  /// The flat tensor as read in a trace, each parameter bound to its piece of it.
  func bind(in trace: Trace) -> (flat: Node, pieces: [Node]) {
    let whole = trace.read(flat)
    let pieces = places.map { place in
      Node.reshape(
        .make(Slice(starts: [place.offset], ends: [place.offset + place.count], steps: [1]), whole),
        place.parameter.shape)
    }
    for (place, piece) in zip(places, pieces) { trace.bind(place.parameter.variable, to: piece) }
    return (whole, pieces)
  }

  /// What the optimizer keeps, by name.
  var state: [(name: String, value: Tensor)] { entries.map { ($0.name, $0.value) } }

  /// Takes up what was kept.
  ///
  /// - Throws: `SettingError` for a name that is missing or too much, or another shape; nothing is changed then.
  func resume(_ state: [(name: String, value: Tensor)]) throws {
    let given = Dictionary(state.map { ($0.name, $0.value) }) { first, _ in first }
    for entry in entries {
      guard let value = given[entry.name] else {
        throw SettingError("The optimizer's state lacks '\(entry.name)'. Was it kept by another optimizer or network?")
      }
      guard value.shape == entry.type.shape else {
        throw SettingError(
          "The optimizer's state '\(entry.name)' has the shape \(value.shape); \(entry.type.shape) is needed.")
      }
    }
    let known = Set(entries.map(\.name))
    if let extra = state.first(where: { !known.contains($0.name) }) {
      throw SettingError("The optimizer keeps no '\(extra.name)'. Was the state kept by another optimizer or network?")
    }
    for entry in entries { entry.write(given[entry.name]!) }
  }
}
