import GliaGraph
import GliaTables
import GliaTensors

/// The order in which an epoch goes through the rows: a function of the seed and the epoch's number alone.
public enum RowOrder: Sendable {
  /// As they lie, each once.
  case asTheyLie
  /// By chance, each once.
  case shuffled
  /// Each class as often as any other: the classes take turns, so that a batch has each of them to within one row. Of a large
  /// class an epoch takes a part, another each time; a small one's rows come several times. The epoch has as many rows as there
  /// are. Targets are classes, or one column of whole numbers.
  case classBalanced
}

/// The rows of each class, by their targets.
struct RowClasses {
  /// In rising order of the classes.
  let rows: [(name: String, rows: [Int32])]

  /// - Throws: ``TrainingError`` where the targets are not classes.
  init(_ targets: Tensor, for what: String) throws {
    guard targets.rank == 1 || targets.rank == 2 && targets.shape[1] == 1 else {
      throw TrainingError("\(what) needs classes: targets of [rows] or [rows, 1], not \(targets.shape).")
    }
    var members: [Int: [Int32]] = [:]
    for (row, value) in targets.doubles.enumerated() {
      guard let code = Int(exactly: value) else {
        throw TrainingError("\(what) needs classes: the target of row \(row) is \(value), no whole number.")
      }
      members[code, default: []].append(Int32(row))
    }
    rows = members.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) }
  }

  /// The classes in turn, each turn in another order, and of each class its rows in turn, likewise.
  func balancedOrder(_ count: Int, _ generator: inout SplitMix64) -> [Int32] {
    var decks = rows.map { (rows: $0.rows, next: $0.rows.count) }
    var turn = Array(0..<Int32(decks.count))
    var order: [Int32] = []
    order.reserveCapacity(count)
    while order.count < count {
      generator.shuffle(&turn)
      for place in turn.prefix(count - order.count).map(Int.init) {
        if decks[place].next == decks[place].rows.count {
          generator.shuffle(&decks[place].rows)
          decks[place].next = 0
        }
        order.append(decks[place].rows[decks[place].next])
        decks[place].next += 1
      }
    }
    return order
  }
}

extension Samples {
  /// Folds for cross-validation: each row is validated on once, and trained on in all other folds.
  ///
  ///     for fold in try samples.folds(5, seed: 1) {
  ///       try Trainer(Net(), …).fit(samples.rows(fold.training), validation: samples.rows(fold.validation), epochs: 20)
  ///     }
  ///
  /// - Parameter repeats: How often to begin anew in another order; the folds of all repetitions come one after the other.
  /// - Throws: `TableError` where `count` is not from 2 to the number of rows.
  public func folds(_ count: Int, repeats: Int = 1, seed: UInt64 = 0) throws -> [Split] {
    try Split.folds(Array(0..<self.count), count, repeats: repeats, seed: seed)
  }

  /// Folds that each have the rows' own shares of classes.
  ///
  /// - Throws: ``TrainingError`` also where the targets are not classes.
  public func stratifiedFolds(_ count: Int, repeats: Int = 1, seed: UInt64 = 0) throws -> [Split] {
    let classes = try RowClasses(targets, for: "stratifiedFolds").rows.map { ($0.name, $0.rows.map(Int.init)) }
    return try Split.stratifiedFolds(classes, count, repeats: repeats, seed: seed)
  }

  /// Folds of whole groups: all rows of a group are in the same fold.
  ///
  /// - Parameter groups: the group of each row.
  /// - Throws: `TableError` also where there are fewer groups than folds, ``TrainingError`` where a row has none.
  public func groupedFolds(
    by groups: [some Hashable], _ count: Int, repeats: Int = 1, seed: UInt64 = 0
  ) throws -> [Split] {
    guard groups.count == self.count else {
      throw TrainingError("groupedFolds: there are \(groups.count) groups for \(self.count) rows; give one for each.")
    }
    var (places, members): ([AnyHashable: Int], [[Int]]) = ([:], [])
    for (row, group) in groups.enumerated() {
      let place = places[group, default: members.count]
      if place == members.count {
        places[group] = place
        members.append([])
      }
      members[place].append(row)
    }
    return try Split.groupedFolds(members, count, repeats: repeats, seed: seed)
  }
}
