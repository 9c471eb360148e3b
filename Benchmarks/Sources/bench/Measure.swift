import Glia

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

func exitProcess(_ code: Int32) -> Never { exit(code) }

private let clock = ContinuousClock()

private func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Calls a second: a warm-up, then the median over five slices, as the peers are measured. The clock is read once in `block`
/// calls, since reading it takes as long as a small step.
func rate(_ total: Double, block: Int = 1, _ body: () throws -> Void) rethrows -> Double {
  let start = clock.now
  var block = block
  while seconds(clock.now - start) < max(0.3, total / 5) {
    let began = clock.now
    for _ in 0..<block { try body() }
    if seconds(clock.now - began) < 2e-5 { block *= 2 }
  }
  var rates: [Double] = []
  for _ in 0..<5 {
    let start = clock.now
    var count = 0
    var elapsed = 0.0
    repeat {
      for _ in 0..<block { try body() }
      count += block
      elapsed = seconds(clock.now - start)
    } while elapsed < total / 5
    rates.append(Double(count) / elapsed)
  }
  return rates.sorted()[2]
}

/// Bare steps on one batch.
func measureSteps(_ work: Work, _ total: Double) throws -> Double {
  let samples = try work.samples()
  let step = try work.step()
  return try rate(total) { try step(samples.inputs, samples.targets) }
}

/// Steps of the trainer's own loop, shuffling and gathering included: ten epochs of 256 batches a fit, one of 16 for the large
/// works, and as many steps of one batch each for a work that has no more rows.
func measureFit(_ work: Work, _ total: Double) throws -> Double {
  let isLarge = work.batch >= 512
  let samples = try work.samples(batches: work.loss == .gate ? 1 : isLarge ? 16 : 256)
  let trainer = work.trainer()
  let stepsPerEpoch = (samples.count + work.batch - 1) / work.batch
  let epochs = 2560 / stepsPerEpoch
  let fits = try rate(total) { try trainer.fit(samples, epochs: isLarge ? 1 : epochs, batchSize: work.batch) }
  return fits * Double(stepsPerEpoch * (isLarge ? 1 : epochs))
}

func measureInference(_ work: Work, rows: Int, _ weights: Precision, _ total: Double) throws -> Double {
  let net = work.network
  try net.initialize(seed: 1)
  let predictor = try CompiledModel(net, input: Shape([rows] + work.input.dimensions), weights: weights)
  let row = [Float](repeating: 1, count: rows * work.input.elementCount)
  var output = [Float](repeating: 0, count: rows * work.outputs)
  return row.withUnsafeBufferPointer { row in
    output.withUnsafeMutableBufferPointer { output in
      rate(total) { predictor(row, into: output) }
    }
  }
}

/// Whole epochs over 100,000 rows of 20 features.
func measurePerceptron() throws -> Double {
  let (rows, columns) = (100_000, 20)
  let x = Tensor.normal([rows, columns], key: RandomKey(seed: 0), dtype: .float64)
  let truth = Tensor.normal([columns], key: RandomKey(seed: 1), dtype: .float64)
  let noise = Tensor.normal([rows], deviation: 0.1, key: RandomKey(seed: 2), dtype: .float64)
  let labels = (x.matrixProduct(truth) + noise).doubles.map { $0 >= 0 ? 1 : 0 }
  let features = x.doubles
  var perceptron = try Perceptron(learningRate: 0.01, epochs: 1).partialFit(
    features: features, columns: columns, labels: labels, classes: [0, 1])
  var times: [Double] = []
  for _ in 0..<5 {
    let start = clock.now
    perceptron = try perceptron.partialFit(features: features, columns: columns, labels: labels)
    times.append(seconds(clock.now - start))
  }
  return Double(rows) / times.sorted()[2]
}

/// Megabytes a second of a file of 100 MB that is in the system's cache: ten columns of numbers with six decimals, the same
/// 10,000 rows again and again, which no reader notices.
func measureCSV(_ total: Double) throws -> Double {
  let digits = Tensor.uniform([100_000], in: -100_000_000..<100_000_000, key: RandomKey(seed: 0), dtype: .float64)
    .doubles
  var block = ""
  for (index, number) in digits.enumerated() {
    let (whole, rest) = Int(number).magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    block += (number < 0 ? "-" : "") + "\(whole)." + "\(rest + 1_000_000)".dropFirst()
    block += index % 10 == 9 ? "\n" : ","
  }
  let path = "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/glia-bench-\(getpid()).csv"
  guard let file = fopen(path, "w") else { fail("\(path) cannot be written.") }
  defer { unlink(path) }
  fputs("a,b,c,d,e,f,g,h,i,j\n", file)
  let blocks = 100_000_000 / block.utf8.count + 1
  for _ in 0..<blocks { fputs(block, file) }
  guard fclose(file) == 0 else { fail("\(path) cannot be written.") }
  let rows = blocks * 10_000, megabytes = Double(blocks * block.utf8.count) * 1e-6
  return megabytes * (try rate(total) { if try Table(csv: path).rowCount != rows { fail("Rows are missing.") } })
}

/// One JSON line.
func report(_ work: String, unit: String, _ value: Double, _ others: [(String, Double)], operations: Double) {
  var fields = ["\"work\": \"\(work)\"", "\"peer\": \"glia\"", "\"unit\": \"\(unit)\"", "\"value\": \(value)"]
  fields += others.map { "\"\($0)\": \($1)" }
  if operations > 0 { fields.append("\"GFLOP/s\": \(value * operations / 1e9)") }
  print("{" + fields.joined(separator: ", ") + "}")
}
