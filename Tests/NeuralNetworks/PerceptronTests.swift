import GliaFormats
import Testing

@testable import GliaNeuralNetworks

private let gates: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]

/// Random rows with a class for each: 0 to `classes` - 1 by the greatest of as many random planes, some labels wrong.
private func randomSamples(
  seed: UInt64, rows: Int, columns: Int, classes: Int, noise: Double
) -> (rows: [[Double]], labels: [Int]) {
  var random = SplitMix64(seed: seed)
  let planes = (0..<classes).map { _ in (0..<columns).map { _ in random.normal() } }
  let samples = (0..<rows).map { _ in (0..<columns).map { _ in random.normal() } }
  let labels = samples.map { row in
    let scores = planes.map { plane in zip(plane, row).reduce(0) { $0 + $1.0 * $1.1 } + noise * random.normal() }
    return scores.firstIndex(of: scores.max()!)!
  }
  return (samples, labels)
}

@Suite("Perceptron")
struct PerceptronTests {
  @Test("The tutorial's perceptrons: weights, bias, mistakes and predictions are the same numbers")
  func tutorial() throws {
    for row in try referenceNumbers("tutorial/tutorial.json").array("perceptron") {
      let row = try #require(row.object)
      let rows = try #require(row["inputs"]).matrix
      let fitted = try Perceptron(learningRate: row.number("learningRate"), epochs: row.integer("epochs"))
        .fit(rows, labels: row["labels"]!.integers)
      let name = try Comment(rawValue: row.string("name"))
      #expect(fitted.weights == row["weights"]?.numbers, name)
      #expect(try fitted.bias == row.number("bias"), name)
      #expect(fitted.history.mistakesPerEpoch == row["mistakesPerEpoch"]?.integers, name)
      #expect(try fitted.predict(rows) == row["predictions"]?.integers, name)
    }
  }

  @Test("AND is learned at the sixth epoch, without a warning; XOR never is, and that is said")
  func gatesInWords() throws {
    let and = try Perceptron(learningRate: 0.01, epochs: 15).fit(gates, labels: [0, 0, 0, 1])
    #expect(and.history.convergedAtEpoch == 6)
    #expect(and.history.warning == nil)
    #expect(try and.decisionFunction([[1, 1]])[0][0] >= 0)
    let xor = try Perceptron().fit(gates, labels: [0, 1, 1, 0])
    #expect(xor.history.convergedAtEpoch == nil)
    let warning = try #require(xor.history.warning)
    #expect(warning.hasPrefix("no line separated the classes in 15 epochs: the last one still had"))
    #expect(try Perceptron(epochs: 1).fit([[1], [2]], labels: [1, 2]).history.warning != nil)
  }

  @Test("Fitting leaves the perceptron it was called on as it was, and begins anew")
  func valueSemantics() throws {
    let blank = Perceptron(learningRate: 0.5, epochs: 10)
    let and = try blank.fit(gates, labels: [0, 0, 0, 1])
    #expect(blank.weights == [] && blank.neurons.isEmpty && blank.history.mistakesPerEpoch.isEmpty)
    let or = try and.fit(gates, labels: [0, 1, 1, 1])
    #expect(or.neurons == (try blank.fit(gates, labels: [0, 1, 1, 1]).neurons))
    #expect(or.history.mistakesPerEpoch.count == 10)
  }

  @Test("Nested and flat rows give the same, for any number of columns", arguments: [1, 3, 7, 8, 9, 16, 20, 33])
  func flat(columns: Int) throws {
    let (rows, labels) = randomSamples(seed: 5, rows: 60, columns: columns, classes: 2, noise: 0.3)
    let nested = try Perceptron(epochs: 4).fit(rows, labels: labels)
    let flat = try Perceptron(epochs: 4).fit(features: rows.flatMap { $0 }, columns: columns, labels: labels)
    #expect(nested.neurons == flat.neurons)
    #expect(try nested.predict(rows) == flat.predict(features: rows.flatMap { $0 }, columns: columns))
    let expected = rows.map { row in zip(row, nested.weights).reduce(nested.bias) { $0 + $1.0 * $1.1 } }
    for (value, plain) in zip(try nested.decisionFunction(rows), expected) {
      #expect(abs(value[0] - plain) <= 1e-14 * max(1, abs(plain)))
    }
  }

  @Test("The averaged variant keeps the mean of the weights after each row", arguments: [UInt64?.none, 9])
  func averaged(shuffle: UInt64?) throws {
    let (rows, labels) = randomSamples(seed: 2, rows: 40, columns: 3, classes: 2, noise: 1)
    let epochs = 6
    var weights = [0.0, 0, 0, 0]
    var sum = weights
    for epoch in 0..<epochs {
      var seeds = SplitMix64(seed: (shuffle ?? 0) &+ UInt64(epoch) &* 0xD134_2543_DE82_EF95)
      let order = shuffle == nil ? Array(rows.indices) : seeds.permutation(rows.count)
      for row in order {
        let z = rows[row][0] * weights[0] + rows[row][1] * weights[1] + rows[row][2] * weights[2] + weights[3]
        let change = 0.1 * Double(labels[row] - (z >= 0 ? 1 : 0))
        for (column, x) in (rows[row] + [1]).enumerated() { weights[column] += change * x }
        for column in 0..<4 { sum[column] += weights[column] }
      }
    }
    let fitted = try Perceptron(learningRate: 0.1, epochs: epochs, variant: .averaged, shuffle: shuffle)
      .fit(rows, labels: labels)
    for (found, total) in zip(fitted.weights + [fitted.bias], sum) {
      #expect(abs(found - total / Double(epochs * rows.count)) < 1e-12)
    }
  }

  @Test("The average goes on counting after the last mistake")
  func averagedAfterConvergence() throws {
    let long = try Perceptron(epochs: 10_000, variant: .averaged).fit(gates, labels: [0, 0, 0, 1])
    let plain = try Perceptron(epochs: 10).fit(gates, labels: [0, 0, 0, 1])
    for (average, last) in zip(long.weights, plain.weights) { #expect(abs(average - last) < 1e-3 * abs(last)) }
    #expect(try long.predict(gates) == [0, 0, 0, 1])
    #expect(long.history.mistakesPerEpoch.count == 10_000 && long.history.convergedAtEpoch == 6)
  }

  @Test("The pocket keeps weights that get at least as many rows right as the last ones, and XOR's best line")
  func pocket() throws {
    for seed in UInt64(1)...30 {
      let (rows, labels) = randomSamples(seed: seed, rows: 80, columns: 4, classes: 2, noise: 2)
      func correct(_ variant: Perceptron.Variant) throws -> Int {
        let fitted = try Perceptron(epochs: 12, variant: variant, shuffle: seed).fit(rows, labels: labels)
        return zip(try fitted.predict(rows), labels).count { $0 == $1 }
      }
      #expect(try correct(.pocket) >= correct(.plain), "seed \(seed)")
    }
    let xor = try Perceptron(epochs: 50, variant: .pocket, shuffle: 1).fit(gates, labels: [0, 1, 1, 0])
    #expect(zip(try xor.predict(gates), [0, 1, 1, 0]).count { $0 == $1 } == 3)
    let and = try Perceptron(variant: .pocket).fit(gates, labels: [0, 0, 0, 1])
    #expect(try and.predict(gates) == [0, 0, 0, 1])
  }

  @Test("More than two classes: one neuron each, as if each were trained alone, and the greatest decides")
  func manyClasses() throws {
    let (rows, plain) = randomSamples(seed: 3, rows: 90, columns: 5, classes: 3, noise: 0)
    let labels = plain.map { [7, -2, 40][$0] }
    let fitted = try Perceptron(epochs: 8, shuffle: 4).fit(rows, labels: labels)
    #expect(fitted.classes == [-2, 7, 40])
    var mistakes = [Int](repeating: 0, count: 8)
    for (index, name) in fitted.classes.enumerated() {
      let alone = try Perceptron(epochs: 8, shuffle: 4).fit(rows, labels: labels.map { $0 == name ? 1 : 0 })
      #expect(fitted.neurons[index] == alone.neurons[0])
      for epoch in 0..<8 { mistakes[epoch] += alone.history.mistakesPerEpoch[epoch] }
    }
    #expect(fitted.history.mistakesPerEpoch == mistakes)
    let values = try fitted.decisionFunction(rows)
    #expect(values.allSatisfy { $0.count == 3 })
    #expect(try fitted.predict(rows) == values.map { fitted.classes[$0.firstIndex(of: $0.max()!)!] })
  }

  @Test("The same seed gives the same weights, another seed others")
  func shuffling() throws {
    let (rows, labels) = randomSamples(seed: 8, rows: 50, columns: 3, classes: 2, noise: 1)
    func weights(_ seed: UInt64?) throws -> [Double] {
      try Perceptron(epochs: 5, shuffle: seed).fit(rows, labels: labels).weights
    }
    #expect(try weights(1) == weights(1))
    #expect(try weights(1) != weights(2))
    #expect(try weights(1) != weights(nil))
  }

  @Test(
    "Fitting in parts is fitting: as many calls as epochs give the same weights and history",
    arguments: [Perceptron.Variant.plain, .averaged])
  func partialFit(variant: Perceptron.Variant) throws {
    let (rows, labels) = randomSamples(seed: 6, rows: 50, columns: 9, classes: 3, noise: 1)
    let whole = try Perceptron(epochs: 5, variant: variant, shuffle: 3).fit(rows, labels: labels)
    var parts = Perceptron(epochs: 99, variant: variant, shuffle: 3)
    for _ in 0..<5 { parts = try parts.partialFit(rows, labels: labels) }
    #expect(parts.neurons == whole.neurons)
    #expect(parts.history.mistakesPerEpoch == whole.history.mistakesPerEpoch)
  }

  @Test("Fitting in parts may name the classes first, and then refuses others")
  func partialClasses() throws {
    let first = try Perceptron().partialFit([[1, 1]], labels: [5], classes: [5, 9])
    #expect(try first.partialFit([[2, 1]], labels: [9]).classes == [5, 9])
    #expect(throws: SampleError.unknownClass(row: 0, label: 6, classes: [5, 9])) {
      try first.partialFit([[2, 1]], labels: [6])
    }
    #expect(throws: SampleError.oneClass(5)) { try Perceptron().partialFit([[1, 1]], labels: [5]) }
    #expect(throws: SampleError.columnCount(expected: 2, found: 3)) {
      try first.partialFit([[1, 2, 3]], labels: [5])
    }
  }

  @Test("Bad rows, labels and settings are refused, each in its own words")
  func refused() throws {
    func fit(_ rows: [[Double]], _ labels: [Int], _ perceptron: Perceptron = Perceptron()) throws -> Perceptron {
      try perceptron.fit(rows, labels: labels)
    }
    #expect(throws: SampleError.noRows) { try fit([], []) }
    #expect(throws: SampleError.noColumns) { try fit([[], []], [0, 1]) }
    #expect(throws: SampleError.raggedRow(row: 1, expected: 2, found: 1)) { try fit([[1, 2], [1]], [0, 1]) }
    #expect(throws: SampleError.labelCount(rows: 2, labels: 3)) { try fit([[1], [2]], [0, 1, 1]) }
    #expect(throws: SampleError.oneClass(4)) { try fit([[1], [2]], [4, 4]) }
    let infinite = SampleError.notFinite(row: 1, column: 0, value: .infinity)
    #expect(throws: infinite) { try fit([[1], [.infinity]], [0, 1]) }
    for columns in [1, 3, 20] {
      for column in 0..<columns {
        var rows = Array(repeating: Array(repeating: 1.0, count: columns), count: 5)
        rows[3][column] = .nan
        #expect {
          try fit(rows, [0, 1, 0, 0, 1])
        } throws: {
          "\($0)" == "row 3, column \(column) is nan; fill or drop missing values first"
        }
      }
    }
    #expect(throws: SampleError.self) { try fit([[1e200], [-1e200]], [0, 1], Perceptron(learningRate: 1e200)) }
    for rate in [0, -1, .nan, .infinity] as [Double] {
      #expect(throws: SampleError.self) { try fit([[1], [2]], [0, 1], Perceptron(learningRate: rate)) }
    }
    #expect(throws: SampleError.self) { try fit([[1], [2]], [0, 1], Perceptron(epochs: 0)) }
    #expect(throws: SampleError.unevenFeatures(count: 3, columns: 2)) {
      try Perceptron().fit(features: [1, 2, 3], columns: 2, labels: [0, 1])
    }
    #expect(throws: SampleError.noColumns) { try Perceptron().fit(features: [1], columns: 0, labels: [0, 1]) }
  }

  @Test("Predicting asks for a fit, for as many columns, and for finite numbers")
  func predicting() throws {
    let fitted = try Perceptron().fit(gates, labels: [0, 0, 0, 1])
    #expect(throws: SampleError.notFitted) { try Perceptron().predict([[1, 2]]) }
    #expect(throws: SampleError.columnCount(expected: 2, found: 3)) { try fitted.predict([[1, 2, 3]]) }
    #expect(throws: SampleError.self) { try fitted.predict([[1, .nan]]) }
    #expect(throws: SampleError.unevenFeatures(count: 3, columns: 2)) {
      try fitted.predict(features: [1, 2, 3], columns: 2)
    }
    #expect(try fitted.predict([]) == [])
    #expect(try fitted.predict(features: [], columns: 2) == [])
  }
}
