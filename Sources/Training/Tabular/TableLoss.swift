import GliaNeuralNetworks
import GliaTables
import GliaTensors

// Which losses a table's target can be learned with, how the target is scaled for each, and what their outputs say.

extension Catalog where Row == LossRow {
  /// The losses that a table with such a target can be learned with.
  public static func losses(for task: TaskKind) -> [LossRow] { losses.rows.filter { $0.type.tableTask == task } }
}

extension Loss {
  /// The kind of target that it suits: a class with its probability, or one number. Nil for what a table has not, such
  /// as pairs of vectors.
  fileprivate static var tableTask: TaskKind? {
    switch (targets, predictions) {
    case (.classes, .probabilities): .classification
    case (.numbers, .values), (.notNegative, .values), (.positive, .values): .regression
    default: nil
    }
  }
}

/// The loss that a table's target is learned with.
struct TableLoss {
  let loss: any Loss
  let target: TargetEncoding

  /// - Parameter given: the loss that is asked for; without it the mean squared error or the cross-entropy.
  /// - Throws: ``TrainingError`` where it does not suit the target, with those that do; `SettingError` for its
  ///   settings.
  init(_ given: PartDescription?, for target: TargetEncoding) throws {
    self.target = target
    let part = given ?? TableLoss.usual(for: target)
    loss = try Catalog.losses.make(part.kind, part.settings)
    let task: TaskKind = target.task == .classification ? .classification : .regression
    guard type(of: loss).tableTask == task else {
      throw TrainingError(
        "The loss '\(part.kind)' does not suit a \(task). For that there are: "
          + Catalog.losses(for: task).map(\.kind).joined(separator: ", ") + ".")
    }
    if case .classes(let count?) = loss.layout, count != target.levels.count {
      throw TrainingError(
        "The loss '\(part.kind)' has weights for \(count) classes; '\(target.column)' has \(target.levels.count).")
    }
    if let quantile = loss as? Quantile, !TableLoss.suits(quantile.levels) {
      throw TrainingError(
        "The loss 'quantile' answers with \(quantile.levels.count) numbers a row, the model of a table with one: give "
          + "one level, or three that rise around 0.5 for an interval.")
    }
  }

  private static func suits(_ levels: [Double]) -> Bool {
    levels.count == 1 || levels.count == 3 && levels[0] < 0.5 && levels[1] == 0.5 && levels[2] > 0.5
  }

  /// The network's outputs for one row.
  var outputCount: Int {
    if target.task == .classification { return target.levels.count }
    guard case .each(let outputs, _) = loss.layout else { return 1 }
    return outputs
  }

  /// How many quantiles the network answers with; 0 where it answers with none.
  var quantileCount: Int { (loss as? Quantile)?.levels.count ?? 0 }

  static func usual(for target: TargetEncoding) -> PartDescription {
    PartDescription(target.task == .classification ? CrossEntropy.kind : MeanSquaredError.kind)
  }

  /// Whether it is what is taken where nothing is said.
  var isUsual: Bool {
    let usual = TableLoss.usual(for: target)
    return (try? Catalog.losses.make(usual.kind))?.partDescription == loss.partDescription
  }

  /// - Throws: `TableError` with the line of the first target that the loss does not take.
  func check(_ known: EncodedTarget, of table: Table) throws {
    guard target.task == .regression else { return }
    let values = type(of: loss).targets.values(outputs: 1)
    guard let place = known.numbers.firstIndex(where: { !values.allows(.number($0)) }) else { return }
    throw TableError(
      .wrongType,
      "the target is \(known.numbers[place]), and the loss '\(loss.partDescription.kind)' takes what is \(values.range)",
      file: table.file, line: table.line(ofRow: known.rows[place]), column: target.column)
  }

  /// Targets as the network learns them: classes as indices, numbers scaled.
  func targets(_ known: EncodedTarget) -> Tensor {
    if target.task == .classification { return Tensor(known.classes, shape: [known.classes.count]) }
    let scaled = isRelative ? known.numbers.map { Float($0 / relativeScale) } : known.scaled
    return Tensor(scaled, shape: [scaled.count, 1])
  }

  /// What outputs say, in the target's own unit.
  func predictions(_ outputs: Tensor) -> TablePredictions {
    let said = loss.prediction(from: outputs.cast(to: .float64)).scalars(as: Double.self)
    if target.task == .classification {
      return TablePredictions(levels: target.levels, probabilities: said, values: [])
    }
    let values = said.map { isRelative ? $0 * relativeScale : $0 * target.deviation + target.mean }
    guard quantileCount == 3 else { return TablePredictions(levels: [], probabilities: [], values: values) }
    // Quantiles that were learned apart may cross; sorted, they are no worse.
    let sorted = stride(from: 0, to: values.count, by: 3).map { values[$0..<$0 + 3].sorted() }
    var answers = TablePredictions(levels: [], probabilities: [], values: sorted.map { $0[1] })
    (answers.lower, answers.upper) = (sorted.map { $0[0] }, sorted.map { $0[2] })
    return answers
  }

  /// Numbers that cannot be below 0 keep their zero: they are divided by their mean, and not shifted.
  private var isRelative: Bool { type(of: loss).targets != .numbers }
  // A file may hold any mean.
  private var relativeScale: Double { target.mean > 0 ? target.mean : 1 }
}
