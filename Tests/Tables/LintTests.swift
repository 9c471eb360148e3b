import Testing

@testable import GliaTables

@Suite("What a table is warned of")
struct LintTests {
  private func found(_ table: Table, target: String? = nil, test: Table? = nil) throws -> [String] {
    try table.inspect(target: target, test: test).warnings.map { "\($0.kind.rawValue) \($0.column)" }
  }

  /// Numbers from 0 to 1 that repeat on every machine.
  private func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in Double(generator.next() >> 11) * 0x1p-53 }
  }

  @Test("A column that is a straight line of another is named with the line, whichever way it runs")
  func linear() throws {
    let celsius = numbers(80, seed: 1).map { ($0 * 400).rounded() / 10 }
    let table = try Table([
      Column("celsius", numbers: celsius), Column("noise", numbers: numbers(80, seed: 2)),
      Column("fahrenheit", numbers: celsius.map { $0 * 1.8 + 32 }),
      Column("below", numbers: celsius.map { 100 - $0 }), Column("near", numbers: celsius.map { $0 + $0 * $0 / 500 }),
      Column("same", numbers: celsius),
    ])
    let warnings = try table.inspect().warnings
    #expect(
      warnings.map(\.description) == [
        "'same' has the same value as 'celsius' in every row",
        "'fahrenheit' is a straight line of 'celsius': 1.8 · celsius + 32",
        "'below' is a straight line of 'celsius': -1 · celsius + 100",
      ])
    var holed = celsius
    holed[5] = .nan
    let other = try Table([Column("a", numbers: celsius), Column("b", numbers: holed.map { 2 * $0 })])
    #expect(!(try found(other)).contains { $0.hasPrefix("duplicate") })
  }

  @Test("Rows that repeat others are counted, with the lines of the first, but not those that chance repeats")
  func repeated() throws {
    let lines = zip(numbers(60, seed: 3), numbers(60, seed: 6)).map { "\($0),\($1)\n" }
    let table = try Table(csvText: "a,b\n" + (lines + lines.prefix(4)).joined(), file: "t.csv")
    let warning = try #require(try table.inspect().warnings.first { $0.kind == .sameRows })
    #expect(
      warning.description == "4 rows of 64 repeat an earlier one, first line 62 that of line 2: "
        + "a split at random puts such rows on both sides")
    let coarse = try Table([
      Column("a", numbers: numbers(200, seed: 4).map { ($0 * 5).rounded() }),
      Column("b", numbers: numbers(200, seed: 5).map { ($0 * 5).rounded() }),
    ])
    #expect(try found(coarse) == [])
  }

  @Test("Rows to score on that are trained on, and columns that are spread otherwise there, are named")
  func drift() throws {
    func table(_ seed: UInt64, shift: Double, colours: [String], missing: Int) throws -> Table {
      let (x, y) = (numbers(200, seed: seed), numbers(200, seed: seed + 1))
      return try Table([
        Column("moved", numbers: x.map { $0 + shift }), Column("still", numbers: y),
        Column("colour", categories: x.map { colours[Int($0 * 4)] }),
        Column("gone", numbers: y.enumerated().map { $0 < missing ? .nan : $1 * 3.7 - $1 * $1 }),
      ])
    }
    let first = try table(10, shift: 0, colours: ["red", "red", "blue", "green"], missing: 0)
    let other = try table(20, shift: 0.3, colours: ["red", "blue", "blue", "blue"], missing: 60)
    #expect(try found(first, test: other) == ["drift moved", "drift colour", "drift gone"])
    #expect(try found(first, test: table(30, shift: 0, colours: ["red", "red", "blue", "green"], missing: 0)) == [])
    let words = try first.inspect(test: other).warnings.map(\.description)
    #expect(words[2].contains("it is missing in 0% of those to train on and in 30% of these"))
    let shared = try first.inspect(test: first.rows(Array(0..<50))).warnings.map(\.description)
    #expect(
      shared == ["50 rows of the 50 to score on are among those to train on, target included: row 1 is row 1"])
  }

  @Test("Without a difference about one table in a thousand is warned of")
  func falseAlarms() throws {
    var alarms = 0
    for seed in 0..<200 {
      let columns = (0..<4).map { "c\($0)" }
      func table(_ start: Int) throws -> Table {
        try Table(
          columns.enumerated().map { place, name in
            let own = numbers(60, seed: UInt64(seed * 100 + start + place))
            return place < 2
              ? Column(name, numbers: own) : Column(name, categories: own.map { "\(Int($0 * $0 * 6))" })
          })
      }
      let (a, b) = (try table(0), try table(50))
      alarms += a.drift(Array(0..<60), to: b, Array(0..<60), columns: columns).isEmpty ? 0 : 1
    }
    #expect(alarms <= 2)
  }

  @Test("Classes of one or two rows, and targets that a few values outweigh, are named with their lines")
  func targets() throws {
    let x = numbers(100, seed: 7)
    let kinds = x.indices.map { $0 == 7 ? "odd" : $0 % 2 == 0 ? "a" : "b" }
    let text = "x,y\n" + zip(x, kinds).map { "\($0),\($1)\n" }.joined()
    let warnings = try Table(csvText: text).inspect(target: "y").warnings
    #expect(
      warnings.first { $0.kind == .smallClass }?.description
        == "'y' has a class too small to be learnt and scored: 'odd' with 1 row, first on line 9")
    let prices = numbers(100, seed: 8).enumerated().map { $0 == 30 ? 99_999 : ($1 * 100).rounded() }
    let table = try Table([Column("x", numbers: x), Column("y", numbers: prices)])
    let warning = try #require(try table.inspect(target: "y").warnings.first { $0.kind == .outliers })
    #expect(warning.description.contains("1 row of 100, 99999 on row 31"))
    // Values that are spread widely, but evenly.
    let wide = try Table([Column("x", numbers: x), Column("y", numbers: x.map { 1 / (0.05 + $0) })])
    #expect(try found(wide, target: "y") == [])
  }

  @Test("Levels that differ in case or blanks alone, and dates of several forms, are named with the first line")
  func spellings() throws {
    let text =
      "y,d\n"
      + (0..<40).map {
        "\(["Yes", "no", "yes ", "NO"][$0 % 4]),\($0 % 3 == 0 ? "2020-01-1\($0 % 9)" : "1\($0 % 9)/01/2020")\n"
      }
      .joined()
    let warnings = try Table(csvText: text).inspect(target: "y").warnings.map(\.description)
    #expect(
      warnings.first { $0.contains("'y'") }
        == "'y' tells spellings apart: 'yes' on line 4 differs from 'Yes' in case or blanks alone, and so do 1 more")
    #expect(warnings.contains { $0.contains("'d' holds dates but for 6 texts, first '11/01/2020' on line 3") })
  }

  @Test("Three warnings of a kind are said, the others counted")
  func short() throws {
    let base = numbers(40, seed: 9)
    let twins = (0..<6).map { twin in Column("x\(twin)", numbers: base.map { $0 * Double(twin + 1) }) }
    let warnings = try Table(twins).inspect().warnings.shortened
    #expect(warnings.count == 4)
    #expect(warnings.last == "2 more like the last, which `glia inspect` names")
  }

  @Test("Two-sample tests agree with SciPy")
  func twoSamples() throws {
    let reference = try TextReference.read()
    for sample in reference.numbers {
      let test = TwoSampleTest.kolmogorovSmirnov(sample.first, sample.second)
      #expect(abs(test.distance - (sample.distance ?? -1)) < 1e-12)
      #expect(abs(test.pValue - sample.p) <= 1e-10 * sample.p + 1e-15)
    }
    for sample in reference.counts {
      let p = TwoSampleTest.chiSquared(sample.first, sample.second).pValue
      #expect(abs(p - sample.p) <= 1e-10 * sample.p + 1e-15)
    }
    for tail in reference.tails {
      let p = chiSquaredTail(tail[0], degreesOfFreedom: Int(tail[1]))
      #expect(abs(p - tail[2]) <= 1e-10 * tail[2] + 1e-15, "\(tail): \(p)")
    }
  }
}
