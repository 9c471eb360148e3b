/// Rosenblatt's perceptron: one neuron that learns a line between two classes, or one neuron a class for more than two.
///
///     let and = try Perceptron(learningRate: 0.01, epochs: 15)
///       .fit([[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 0, 0, 1])
///     try and.predict([[1, 1]])        // [1]
///     and.history.convergedAtEpoch     // 6
///
/// A neuron computes z = w · x + b and fires (1) if z ≥ 0, else not (0). It looks at the rows one by one; at each that it
/// gets wrong, with y the right answer and ŷ its own, it learns: w ← w + η (y - ŷ) x, b ← b + η (y - ŷ), from w = 0 and
/// b = 0. If a line separates the classes, it finds one after finitely many mistakes; if none does, it never settles, and
/// `history.warning` says so. With more than two classes each neuron learns its class against all others, and the
/// greatest z decides.
///
/// A perceptron is a value: `fit` gives back a fitted one and leaves the one it was called on as it was.
///
/// F. Rosenblatt, "The perceptron", Psychological Review 65, 1958, https://doi.org/10.1037/h0042519.
public struct Perceptron: Sendable {
  /// Which of the weights that were seen in training are kept.
  public enum Variant: Sendable {
    /// The last ones.
    case plain
    /// The average over all rows of all epochs, which changes less from one mistake to the next (Y. Freund and
    /// R. Schapire, "Large margin classification using the perceptron algorithm", Machine Learning 37, 1999,
    /// https://doi.org/10.1023/A:1007662407062).
    case averaged
    /// The ones that got most of the training rows right, among those at the end of each epoch and those that went
    /// longest without a mistake (the pocket algorithm with ratchet: S. Gallant, "Perceptron-based learning algorithms",
    /// IEEE Transactions on Neural Networks 1, 1990, https://doi.org/10.1109/72.80230). The best choice where no line
    /// separates the data.
    case pocket
  }

  /// A neuron's weights, one for each column, and its bias.
  public struct Neuron: Equatable, Sendable {
    public internal(set) var weights: [Double]
    public internal(set) var bias: Double
  }

  /// How the training went.
  public struct History: Equatable, Sendable {
    /// The rows that were wrong when they were looked at, for each epoch; summed over the neurons if there are several.
    public internal(set) var mistakesPerEpoch: [Int] = []
    /// Plain words if no line separated the data in the epochs there were.
    public internal(set) var warning: String?

    /// The first epoch, counted from 1, from which on no mistake was made; nil if the last one had some.
    public var convergedAtEpoch: Int? {
      guard mistakesPerEpoch.last == 0 else { return nil }
      return (mistakesPerEpoch.lastIndex { $0 != 0 } ?? -1) + 2
    }
  }

  /// η, how far a mistake moves the weights.
  public let learningRate: Double
  /// How often `fit` goes over all rows.
  public let epochs: Int
  /// Which weights are kept.
  public let variant: Variant
  /// If given, the rows are looked at in another order each epoch, which this seed decides; else in their own order.
  public let shuffle: UInt64?

  /// The labels in rising order; empty before `fit`. With two, the second is the one that the neuron fires for.
  public internal(set) var classes: [Int] = []
  /// One neuron for two classes, else one for each class in the order of `classes`; empty before `fit`.
  public internal(set) var neurons: [Neuron] = []
  /// What happened in each epoch so far.
  public internal(set) var history = History()
  /// What training goes on from: the weights of now, which are not those that are kept in every variant.
  var learners: [PerceptronLearner] = []

  /// A perceptron that has learned nothing yet.
  ///
  /// - Parameters:
  ///   - learningRate: above 0. Since the weights begin at 0 it scales them and changes no prediction.
  ///   - epochs: at least 1.
  ///   - shuffle: the seed of a new order of the rows in each epoch; nil keeps the order.
  public init(
    learningRate: Double = 0.01, epochs: Int = 15, variant: Variant = .plain, shuffle: UInt64? = nil
  ) {
    self.learningRate = learningRate
    self.epochs = epochs
    self.variant = variant
    self.shuffle = shuffle
  }

  /// The weights of the neuron, or of the first one if there are several (see `neurons`); empty before `fit`.
  public var weights: [Double] { neurons.first?.weights ?? [] }

  /// The bias of the neuron, or of the first one if there are several (see `neurons`); 0 before `fit`.
  public var bias: Double { neurons.first?.bias ?? 0 }
}

// MARK: - Learning

extension Perceptron {
  /// The perceptron after `epochs` epochs over these rows, beginning anew.
  ///
  /// - Parameters:
  ///   - rows: [rows][columns], all of one length, finite.
  ///   - labels: a class for each row; any whole numbers, two different ones at least.
  /// - Throws: `SampleError`, which names the row and column that is wrong.
  public func fit(_ rows: [[Double]], labels: [Int]) throws(SampleError) -> Perceptron {
    let (features, columns) = try SampleError.flatten(rows)
    return try fit(features: features, columns: columns, labels: labels)
  }

  /// As `fit(_:labels:)`, with the rows one after the other in one list: the fast way for large data.
  public func fit(features: [Double], columns: Int, labels: [Int]) throws(SampleError) -> Perceptron {
    var fitted = Perceptron(learningRate: learningRate, epochs: epochs, variant: variant, shuffle: shuffle)
    let classes = Self.classes(in: labels)
    if classes.count == 1 { throw .oneClass(classes[0]) }
    try fitted.learn(PerceptronSamples(features, columns, labels, classes), classes: classes, epochs: epochs)
    fitted.history.warning = fitted.warning
    return fitted
  }

  /// The perceptron after one more epoch, over these rows; it goes on from what it has learned.
  ///
  /// - Parameters:
  ///   - labels: a class for each row; after the first call only classes that are known.
  ///   - classes: all classes there will be; needed in the first call if its rows do not show them all.
  public func partialFit(
    _ rows: [[Double]], labels: [Int], classes: [Int]? = nil
  ) throws(SampleError) -> Perceptron {
    let (features, columns) = try SampleError.flatten(rows)
    return try partialFit(features: features, columns: columns, labels: labels, classes: classes)
  }

  /// As `partialFit(_:labels:classes:)`, with the rows one after the other in one list.
  public func partialFit(
    features: [Double], columns: Int, labels: [Int], classes: [Int]? = nil
  ) throws(SampleError) -> Perceptron {
    var fitted = self
    let known = self.classes.isEmpty ? Self.classes(in: classes ?? labels) : self.classes
    if known.count == 1 { throw .oneClass(known[0]) }
    if !neurons.isEmpty, weights.count != columns {
      throw .columnCount(expected: weights.count, found: columns)
    }
    try fitted.learn(PerceptronSamples(features, columns, labels, known), classes: known, epochs: 1)
    fitted.history.warning = nil
    return fitted
  }

  /// The different labels in rising order.
  private static func classes(in labels: [Int]) -> [Int] {
    var found: [Int] = []
    for label in labels where !found.contains(label) {
      found.append(label)
      if found.count > 64 { return Set(labels).sorted() }  // a search along the list would cost too much
    }
    return found.sorted()
  }

  private var warning: String? {
    guard let mistakes = history.mistakesPerEpoch.last, mistakes > 0 else { return nil }
    let times = "\(epochs) epoch\(epochs == 1 ? "" : "s")"
    let remedy = "More epochs help if a line exists; if none does, as with XOR, use a network with a hidden layer"
    let kept = variant == .pocket ? "" : ", or variant: .pocket for the best line found"
    return "no line separated the classes in \(times): the last one still had \(mistakes) mistakes. \(remedy)\(kept)."
  }
}

// MARK: - Predicting

extension Perceptron {
  /// z = w · x + b of each row and neuron: [rows][neurons], where there is one neuron for two classes.
  ///
  /// For two classes, 0 and above means the second one; the size says how far from the line, in units of the weights.
  public func decisionFunction(_ rows: [[Double]]) throws(SampleError) -> [[Double]] {
    if rows.isEmpty { return [] }
    let (features, columns) = try SampleError.flatten(rows)
    let values = try decisionFunction(features: features, columns: columns)
    return rows.indices.map { Array(values[$0 * neurons.count..<($0 + 1) * neurons.count]) }
  }

  /// As `decisionFunction(_:)`, rows in and values out one after the other in one list: [rows, neurons].
  public func decisionFunction(features: [Double], columns: Int) throws(SampleError) -> [Double] {
    if neurons.isEmpty { throw .notFitted }
    if columns != weights.count { throw .columnCount(expected: weights.count, found: columns) }
    if features.count % columns != 0 { throw .unevenFeatures(count: features.count, columns: columns) }
    if let error = SampleError.firstNotFinite(features, columns: columns) { throw error }
    let rowCount = features.count / columns
    var values = [Double](repeating: 0, count: rowCount * neurons.count)
    features.withUnsafeBufferPointer { features in
      guard let base = features.baseAddress else { return }
      for (index, neuron) in neurons.enumerated() {
        neuron.weights.withUnsafeBufferPointer { weights in
          for row in 0..<rowCount {
            let sum = PerceptronLearner.dot(base + row * columns, weights.baseAddress!, columns)
            values[row * neurons.count + index] = sum + neuron.bias
          }
        }
      }
    }
    return values
  }

  /// The class of each row; where two neurons are equally sure, the lower class.
  public func predict(_ rows: [[Double]]) throws(SampleError) -> [Int] {
    if rows.isEmpty { return [] }
    let (features, columns) = try SampleError.flatten(rows)
    return try predict(features: features, columns: columns)
  }

  /// As `predict(_:)`, with the rows one after the other in one list.
  public func predict(features: [Double], columns: Int) throws(SampleError) -> [Int] {
    let values = try decisionFunction(features: features, columns: columns)
    if neurons.count == 1 { return values.map { $0 >= 0 ? classes[1] : classes[0] } }
    return stride(from: 0, to: values.count, by: neurons.count).map { start in
      var best = 0
      for index in 1..<neurons.count where values[start + index] > values[start + best] { best = index }
      return classes[best]
    }
  }
}
