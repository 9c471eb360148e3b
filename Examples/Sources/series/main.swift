// Forecasts a series one step ahead, by an LSTM and by attention, beside the value of a period ago.
//
//   swift run -c release --package-path Examples series FILE.csv COLUMN PERIOD       without arguments a made-up series
import Glia

struct Mistake: Error, CustomStringConvertible { let description: String }

/// The series, in time's order, and how many steps a season has.
func series(_ arguments: [String]) throws -> (values: [Double], period: Int) {
  if arguments.isEmpty {
    let t = Tensor.iota([240], dtype: .float64)
    let wave =
      (t * (2 * Double.pi / 12)).sin() + Tensor.normal([240], deviation: 0.2, key: RandomKey(seed: 1), dtype: .float64)
    return (((t * 0.01) + wave * 0.2).exp().doubles, 12)
  }
  guard arguments.count == 3, let period = Int(arguments[2]), period > 0 else {
    throw Mistake(description: "Give a CSV file, the name of a column, and the steps of a season.")
  }
  guard let values = try Table(csv: arguments[0]).column(arguments[1]).numbers, values.count >= 10 * period,
    values.allSatisfy(\.isFinite)
  else { throw Mistake(description: "The column has to hold numbers without gaps, for ten seasons or more.") }
  return (values, period)
}

let (values, period) = try series(Array(CommandLine.arguments.dropFirst()))
// What grows by percents becomes a straight line; the network then learns how a step differs from that of a period ago.
let isGrowing = values.allSatisfy { $0 > 0 }
let levels = isGrowing ? Tensor(values, dtype: .float64).log().doubles : values
let changes = zip(levels.dropFirst(period), levels).map { $0 - $1 }

// A row is the latest changes, its target the next one. The last fifth is never trained on.
let steps = min(period, 24), rows = changes.count - steps, trained = rows * 4 / 5
let scale = changes[..<(steps + trained)].reduce(0) { $0 + abs($1) } / Double(steps + trained)
let inputs = Tensor((0..<rows).flatMap { changes[$0..<$0 + steps].map { $0 / scale } }, shape: [rows, steps, 1])
let targets = Tensor(changes[steps...].map { $0 / scale }, shape: [rows, 1])
let train = try Samples(inputs: inputs.sliced(0..<trained), targets: targets.sliced(0..<trained))

/// The mean absolute error over the last fifth, of changes forecast from a period ago.
func error(_ forecast: [Double]) -> Double {
  let before = Tensor((trained..<rows).map { levels[$0 + steps] }, dtype: .float64)
  let level = before + Tensor(forecast, dtype: .float64) * scale
  let found = (isGrowing ? level.exp() : level).doubles
  return zip(found, values[(trained + steps + period)...]).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(found.count)
}

let networks = [
  (
    "LSTM",
    Sequential {
      LSTM(1, 16, output: .last); Linear(16, 1)
    }
  ),
  (
    "attention",
    Sequential {
      Linear(1, 16); SinusoidalEncoding(); Attention(16, heads: 2); Flatten(); Linear(16 * steps, 1)
    }
  ),
]
let naive = error(.init(repeating: 0, count: rows - trained))
print("\(rows - trained) steps ahead of \(trained) that were trained on; mean absolute errors")
print("a period ago: \(naive)")
for (name, net) in networks {
  let trainer = Trainer(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.003), seed: 1)
  try trainer.fit(train, epochs: 60, batchSize: 16)
  let found = error(trainer.predict(inputs.sliced(trained..<rows)).doubles)
  print("\(name): \(found), \(Int((100 * found / naive).rounded()))% of that")
}
