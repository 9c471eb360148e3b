import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

/// Every row of every catalog, found by walking through the tables, so that none can be forgotten.
@Suite("Every part of the catalogs")
struct ConformanceTests {
  static let seed: UInt64 = 20_24

  @Test("A layer has the shape, gradients and numbers it says, and can be saved", arguments: Catalog.layers.kinds)
  func layer(_ kind: String) throws {
    let failures = try LayerConformance(Catalog.layers.row(kind), seed: Self.seed).failures()
    #expect(failures.isEmpty, "seed \(Self.seed)\n\(failures.joined(separator: "\n"))")
  }

  @Test("A loss has the gradients, reductions, weights and shapes it says", arguments: Catalog.losses.kinds)
  func loss(_ kind: String) throws {
    let failures = try LossConformance(Catalog.losses.row(kind), seed: Self.seed).failures()
    #expect(failures.isEmpty, "seed \(Self.seed)\n\(failures.joined(separator: "\n"))")
  }

  @Test(
    "An optimizer goes downhill, element by element where it says so, and goes on after a stop",
    arguments: Catalog.optimizers.kinds)
  func optimizer(_ kind: String) throws {
    let failures = try OptimizerConformance(Catalog.optimizers.row(kind)).failures()
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("A schedule gives a rate at every step, and can be saved", arguments: Catalog.schedules.kinds)
  func schedule(_ kind: String) throws {
    let row = try Catalog.schedules.row(kind)
    let failures = PartConformance.failures(row, settings: row.exampleSettings) { $0.partDescription }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    let schedule = try row.make(row.exampleSettings)
    let rates = (0..<100).map { schedule.rate(at: $0, base: 0.1) }
    #expect(rates.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 0.1 + 1e-15 })
    #expect(schedule.warmedUp(steps: 4).rate(at: 4 + 7, base: 0.1) == rates[7])
  }

  @Test("An initialiser is a function of seed, shape and type", arguments: Catalog.initializers.kinds)
  func initializer(_ kind: String) throws {
    let row = try Catalog.initializers.row(kind)
    let failures = PartConformance.failures(row, settings: [:]) { $0.partDescription }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    let initializer = try row.make([:])
    for shape in [[3, 5], [4], [0, 3], [], [2, 3, 4]] as [Shape] {
      for dtype in [DType.float32, .float64] {
        let first = initializer(shape, key: RandomKey(seed: 1), dtype: dtype)
        #expect(first.shape == shape)
        #expect(first.dtype == dtype)
        #expect(first.doubles == initializer(shape, key: RandomKey(seed: 1), dtype: dtype).doubles)
        #expect(first.doubles.allSatisfy { $0.isFinite })
      }
    }
  }

  @Test("A name that no catalog has is an error that lists the names")
  func unknownNames() {
    #expect(throws: SettingError("There is no optimizer 'ADAM'. Do you mean 'adam'?")) {
      try Catalog.optimizers.make("ADAM")
    }
    #expect(throws: SettingError.self) { try Catalog.layers.make("dense") }
  }
}
