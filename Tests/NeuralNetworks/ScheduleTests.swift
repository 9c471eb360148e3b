import GliaFormats
import GliaNeuralNetworks
import GliaTestSupport
import Testing

@Suite("Schedules")
struct ScheduleTests {
  @Test("PyTorch's rates: on a plateau, in sequence, with other settings")
  func references() throws {
    let cases = try ReferenceNumbers.read("optimizers/optimizers.json").array("schedules").map { $0.object! }
    for json in cases {
      let kind = try json.string("name")
      let schedule: any Schedule =
        kind == "sequence"
        ? ConstantSchedule().warmedUp(steps: 8, startFactor: 0.25).then(.exponential(gamma: 0.9), after: 8)
          .then(.step(stepSize: 4, gamma: 0.5), after: 22)
        : try Catalog.schedules.make(kind, PyTorchTests.settings(json.object("parameters")))
      let values = json["values"]?.scalars ?? []
      let expected = json["rates"]!.scalars
      let rates = expected.indices.map { schedule.rate(at: $0, base: 0.1, after: Array(values.prefix($0))) }
      #expect(difference("\(schedule.partDescription)", rates, expected, relative: 1e-12, floor: 1e-300) == [])
    }
    #expect(cases.count == 7)
  }

  @Test("A plateau counts within a warm-up, and lowers the schedule that it goes around")
  func composition() {
    let values = [1.0, 1, 1, 1, 1]
    let schedule = ExponentialSchedule(gamma: 0.5).reducedOnPlateau(factor: 0.1, patience: 1).warmedUp(steps: 2)
    #expect(schedule.watched == "loss")
    // Epochs 2 and 3 are no better than 1, and so are 4 and 5: two falls.
    #expect(abs(schedule.rate(at: 3, base: 8, after: values) - 8 * 0.5 * 0.01) < 1e-15)
    #expect(schedule.rate(at: 3, base: 8) == 4)
    #expect(schedule.rate(at: 0, base: 9, after: values) == 3)
    #expect(ConstantSchedule().then(schedule, after: 1).watched == "loss")
  }

  @Test("A sequence is described with what it holds, and made again; one that does not fit is an error")
  func description() throws {
    let schedule = CosineSchedule(steps: 5).then(.constant, after: 5)
    let again = try Catalog.schedules.make(schedule.partDescription)
    #expect((0..<9).allSatisfy { again.rate(at: $0, base: 1) == schedule.rate(at: $0, base: 1) })
    var settings = schedule.settings
    settings["lengths"] = [5, 5]
    #expect(throws: SettingError.self) { try Catalog.schedules.make("sequence", settings) }
    settings = ["schedules": [], "lengths": []]
    #expect(throws: SettingError.self) { try Catalog.schedules.make("sequence", settings) }
    #expect(throws: SettingError.self) { try CosineSchedule(steps: 0).warmedUp(steps: 3).validateSettings() }
  }

  @Test("A run of one step, and steps beyond the end, have a rate")
  func edges() {
    for row in Catalog.schedules.rows {
      var settings = row.exampleSettings
      for name in ["steps", "firstPeriod", "stepSize"] where settings[name] != nil { settings[name] = 1 }
      let schedule = try? row.make(settings)
      for step in [0, 1, 2, 1_000_000, Int.max / 4] {
        let rate = schedule?.rate(at: step, base: 0.1) ?? .nan
        #expect(rate >= 0 && rate <= 0.1, "\(row.kind) at \(step): \(rate)")
      }
    }
  }
}
