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
  /// Of all parameters of the model, frozen ones too.
  private let layout: Layout

  /// Moves the trainable parameters here.
  init(_ all: [NamedParameter], slots specifications: [OptimizerSlot]) throws {
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
    let type = TensorType([count], first.dtype)
    self.places = places
    flat = Variable(type, name: "parameters")
    slots = specifications.map { slot in
      let variable = Variable(slot.layout == .scalar ? TensorType([], .float64) : type, name: slot.name)
      let values = [Double](repeating: slot.initialValue, count: variable.type.shape.elementCount)
      if slot.initialValue != 0 { ReferenceArray(variable.type, values).write(to: variable.address) }
      return variable
    }
    for place in places {
      place.parameter.variable.move(to: flat.buffer, byteOffset: place.offset * type.dtype.byteCount)
    }
    layout = Layout(of: all.map(\.parameter.variable))
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
    var oldPlaces: [ObjectIdentifier: Place] = [:]
    for place in old.places { oldPlaces[ObjectIdentifier(place.parameter)] = place }
    guard places.allSatisfy({ oldPlaces[ObjectIdentifier($0.parameter)] != nil }) else { return }
    for (slot, oldSlot) in zip(slots, old.slots) {
      if slot.type.shape.rank == 0 {
        slot.address.copyMemory(from: oldSlot.address, byteCount: slot.type.byteCount)
        continue
      }
      let width = dtype.byteCount
      for place in places {
        let source = oldPlaces[ObjectIdentifier(place.parameter)]!
        (slot.address + place.offset * width)
          .copyMemory(from: oldSlot.address + source.offset * width, byteCount: place.count * width)
      }
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

  /// The piece of a slot that belongs to a parameter, or the whole of a scalar one.
  func tensor(_ slot: Variable, _ place: Place?) -> Tensor {
    let type = place.map { TensorType($0.parameter.shape, dtype) } ?? slot.type
    let buffer = Buffer(byteCount: type.byteCount)
    let offset = (place?.offset ?? 0) * dtype.byteCount
    buffer.address.copyMemory(from: slot.address + offset, byteCount: type.byteCount)
    return Tensor(.make(Constant(buffer, type)))
  }

  func write(_ tensor: Tensor, to slot: Variable, _ place: Place?) {
    let source = tensor.cast(to: slot.type.dtype).buffer
    let offset = (place?.offset ?? 0) * dtype.byteCount
    (slot.address + offset)
      .copyMemory(from: source.address, byteCount: tensor.elementCount * slot.type.dtype.byteCount)
  }
}
