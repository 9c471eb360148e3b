/// The step-free rising (or falling) function that is nearest to given values by weighted squares.
///
/// Equal inputs are first put together to their mean. Then blocks of neighbours that fall where they ought to rise are pooled
/// to their mean until none is left (pool adjacent violators). Between the ends of blocks the function goes in a straight line;
/// beyond the first and the last input it keeps its value.
///
/// R. E. Barlow and others 1972, "Statistical inference under order restrictions"; for probabilities B. Zadrozny and
/// C. Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates",
/// doi:10.1145/775047.775151.
public struct IsotonicRegression: Sendable, Equatable {
  /// Where the function bends, rising.
  public let inputs: [Double]
  /// What it is there, rising or falling throughout.
  public let outputs: [Double]

  /// - Throws: ``TrainingError`` unless inputs rise, outputs go one way, and all are finite.
  public init(inputs: [Double], outputs: [Double]) throws {
    guard !inputs.isEmpty, inputs.count == outputs.count, (inputs + outputs).allSatisfy(\.isFinite) else {
      throw TrainingError("An isotonic function needs as many finite inputs as outputs, and one at least.")
    }
    let pairs = zip(outputs, outputs.dropFirst())
    guard zip(inputs, inputs.dropFirst()).allSatisfy({ $0 < $1 }),
      pairs.allSatisfy({ $0 <= $1 }) || pairs.allSatisfy({ $0 >= $1 })
    else { throw TrainingError("An isotonic function's inputs have to rise, and its outputs to go one way.") }
    self.inputs = inputs
    self.outputs = outputs
  }

  /// - Parameter weights: what each value counts; those of 0 are left out.
  /// - Throws: ``TrainingError`` where the numbers of values differ, one is not finite, or none has a weight above 0.
  public init(fitting values: [Double], at inputs: [Double], weights: [Double]? = nil, isRising: Bool = true) throws {
    guard values.count == inputs.count, weights == nil || weights?.count == values.count else {
      throw TrainingError("There are \(inputs.count) inputs and \(values.count) values; each needs one of the other.")
    }
    let weights = weights ?? Array(repeating: 1, count: values.count)
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw TrainingError("A weight is negative or not finite.")
    }
    let order = inputs.indices.filter { weights[$0] > 0 }.sorted { (inputs[$0], $0) < (inputs[$1], $1) }
    var blocks: [Block] = []
    for index in order {
      let value = isRising ? values[index] : -values[index]
      if let last = blocks.last, last.last == inputs[index] {
        blocks[blocks.count - 1].merge(Block(inputs[index], value, weights[index]))
      } else {
        blocks.append(Block(inputs[index], value, weights[index]))
      }
    }
    let pooled = Block.pooled(blocks)
    let points = pooled.flatMap { block in
      (block.first == block.last ? [block.first] : [block.first, block.last]).map { ($0, block.mean) }
    }
    try self.init(inputs: points.map(\.0), outputs: points.map { isRising ? $0.1 : -$0.1 })
  }

  public func callAsFunction(_ input: Double) -> Double {
    var (low, high) = (0, inputs.count - 1)
    if input <= inputs[low] { return outputs[low] }
    if input >= inputs[high] { return outputs[high] }
    while high - low > 1 {
      let middle = (low + high) / 2
      if inputs[middle] <= input { low = middle } else { high = middle }
    }
    let share = (input - inputs[low]) / (inputs[high] - inputs[low])
    return outputs[low] + share * (outputs[high] - outputs[low])
  }

  /// Inputs side by side that share a value.
  private struct Block {
    let first: Double
    var last: Double
    private var sum: Double
    private var weight: Double

    init(_ input: Double, _ value: Double, _ weight: Double) {
      (first, last, sum, self.weight) = (input, input, weight * value, weight)
    }

    var mean: Double { sum / weight }

    mutating func merge(_ next: Block) {
      last = next.last
      sum += next.sum
      weight += next.weight
    }

    static func pooled(_ blocks: [Block]) -> [Block] {
      var pooled: [Block] = []
      for block in blocks {
        pooled.append(block)
        while pooled.count > 1, pooled[pooled.count - 2].mean >= pooled[pooled.count - 1].mean {
          let last = pooled.removeLast()
          pooled[pooled.count - 1].merge(last)
        }
      }
      return pooled
    }
  }
}
