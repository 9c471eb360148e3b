import GliaGraph
import GliaNeuralNetworks

/// A copy of everything that a model holds, weights and statistics, to go back to.
///
/// It is taken after every epoch, which in a small network is a step or two: so parameters that lie one behind the other, as a
/// training step lays them, are copied and looked through in one go.
final class Snapshot {
  let parameters: [NamedParameter]
  /// All values, one behind the other.
  private let values: Buffer
  private let offsets: [Int]

  private struct Region {
    var address: UnsafeMutableRawPointer
    var offset: Int
    var byteCount: Int
    let dtype: DType
  }
  /// Where the parameters lie as long as the layout holds.
  private var regions: [Region] = []
  private var layout: Layout

  init(_ model: any Module) {
    parameters = model.namedParameters
    var (offsets, count): ([Int], Int) = ([], 0)
    for entry in parameters {
      offsets.append(count)
      count += entry.parameter.type.byteCount
    }
    self.offsets = offsets
    values = Buffer(byteCount: count)
    layout = Layout(of: parameters.map(\.parameter.variable))
    findRegions()
    take()
  }

  /// The parameters with the memory of their copies.
  var entries: [(parameter: NamedParameter, address: UnsafeMutableRawPointer)] {
    zip(parameters, offsets).map { ($0, values.address + $1) }
  }

  func take() {
    for region in current {
      (values.address + region.offset).copyMemory(from: region.address, byteCount: region.byteCount)
    }
  }

  func restore() {
    for region in current {
      region.address.copyMemory(from: values.address + region.offset, byteCount: region.byteCount)
    }
  }

  /// The first parameter that now holds a NaN or an infinity.
  func firstNotFinite() -> String? {
    if current.allSatisfy({ Snapshot.isFinite($0.address, $0.byteCount, $0.dtype) }) { return nil }
    return parameters.first {
      let parameter = $0.parameter
      return !Snapshot.isFinite(parameter.variable.address, parameter.type.byteCount, parameter.dtype)
    }?.name
  }

  private var current: [Region] {
    if !layout.holds {
      layout = Layout(of: parameters.map(\.parameter.variable))
      findRegions()
    }
    return regions
  }

  private func findRegions() {
    regions = []
    for (entry, offset) in zip(parameters, offsets) {
      let parameter = entry.parameter
      let (address, count) = (parameter.variable.address, parameter.type.byteCount)
      if let last = regions.last, last.address + last.byteCount == address, last.dtype == parameter.dtype {
        regions[regions.count - 1].byteCount += count
      } else {
        regions.append(Region(address: address, offset: offset, byteCount: count, dtype: parameter.dtype))
      }
    }
  }

  /// Whether no scalar has all bits of its exponent set.
  private static func isFinite(_ address: UnsafeMutableRawPointer, _ byteCount: Int, _ dtype: DType) -> Bool {
    func all<Bits: FixedWidthInteger>(_: Bits.Type, exponent: Bits) -> Bool {
      let scalars = address.assumingMemoryBound(to: Bits.self)
      var count: Bits = 0  // without a way out, so that the compiler makes vectors of the loop
      for i in 0..<byteCount / MemoryLayout<Bits>.size { count |= scalars[i] & exponent == exponent ? 1 : 0 }
      return count == 0
    }
    return switch dtype {
    case .float32: all(UInt32.self, exponent: 0x7F80_0000)
    case .float64: all(UInt64.self, exponent: 0x7FF0_0000_0000_0000)
    default: true
    }
  }
}
