import GliaTables
import Testing

@Suite("Folds")
struct FoldTests {
  /// Every row is validated on once in each repetition, and trained on in all other folds.
  private static func check(_ folds: [Split], _ rows: [Int], _ count: Int, repeats: Int) {
    #expect(folds.count == count * repeats)
    for repetition in 0..<repeats {
      let part = folds[repetition * count..<(repetition + 1) * count]
      #expect(part.flatMap(\.validation).sorted() == rows.sorted())
      for fold in part {
        #expect((fold.training + fold.validation).sorted() == rows.sorted())
        #expect(fold.test.isEmpty)
      }
    }
  }

  private static func spread(_ counts: [Int]) -> Int { counts.max()! - counts.min()! }

  @Test("Rows and sizes add up, for random numbers of rows, folds and repetitions", arguments: [UInt64(1), 2, 3])
  func plain(seed: UInt64) throws {
    var chance = SplitMix64(seed: seed)
    for _ in 0..<30 {
      let rows = (0..<Int.random(in: 2...60, using: &chance)).map { 3 * $0 + 1 }
      let (count, repeats) = (Int.random(in: 2...rows.count, using: &chance), Int.random(in: 1...3, using: &chance))
      let folds = try Split.folds(rows, count, repeats: repeats, seed: seed)
      Self.check(folds, rows, count, repeats: repeats)
      #expect(Self.spread(folds.map(\.validation.count)) <= 1, "seed \(seed)")
      #expect(try Split.folds(rows, count, repeats: repeats, seed: seed) == folds)
    }
    let rows = Array(0..<50)
    let folds = try Split.folds(rows, 5, repeats: 2, seed: seed)
    #expect(folds[0] != folds[5] && folds[0].validation != Array(0..<10))
    #expect(try Split.folds(rows, 5, seed: seed + 1)[0] != folds[0])
  }

  @Test("Each fold has the rows' shares of classes, to within one row of each", arguments: [UInt64(4), 5, 6])
  func stratified(seed: UInt64) throws {
    var chance = SplitMix64(seed: seed)
    for _ in 0..<30 {
      let labels = (0..<Int.random(in: 10...80, using: &chance)).map { _ in
        ["a", "b", "b", "b", nil].randomElement(using: &chance)!
      }
      let rows = Array(labels.indices)
      let count = Int.random(in: 2...6, using: &chance)
      let folds = try Split.stratifiedFolds(
        rows, by: Column("label", categories: labels), count, repeats: 2, seed: seed)
      Self.check(folds, rows, count, repeats: 2)
      #expect(Self.spread(folds.map(\.validation.count)) <= 1, "seed \(seed)")
      for label in ["a", "b", nil] {
        let counts = folds.prefix(count).map { $0.validation.count { labels[$0] == label } }
        #expect(Self.spread(counts) <= 1, "seed \(seed), class \(label ?? "missing"): \(counts)")
      }
    }
    let few = try Split.stratifiedFolds(
      Array(0..<6), by: Column("label", categories: ["a", "a", "a", "a", "a", "b"]), 3, seed: seed)
    #expect(few[0].warnings == ["class 'b' has 1 row, too few for 3 folds; it is missing in some"])
  }

  @Test("No group is in two folds, and the folds' sizes are near each other", arguments: [UInt64(7), 8])
  func grouped(seed: UInt64) throws {
    var chance = SplitMix64(seed: seed)
    for _ in 0..<30 {
      let groups = (0..<80).map { _ in Int.random(in: 0...20, using: &chance) }
      let rows = Array(groups.indices)
      let folds = try Split.groupedFolds(rows, by: Column("group", integers: groups), 4, repeats: 2, seed: seed)
      Self.check(folds, rows, 4, repeats: 2)
      for fold in folds {
        #expect(Set(fold.training.map { groups[$0] }).isDisjoint(with: fold.validation.map { groups[$0] }))
      }
      let largest = Dictionary(grouping: groups) { $0 }.values.map(\.count).max()!
      #expect(Self.spread(folds.map(\.validation.count)) <= largest, "seed \(seed)")
    }
  }

  @Test("Numbers of folds that cannot be made are errors with the range")
  func errors() {
    for count in [-1, 0, 1, 6] {
      let error = #expect(throws: TableError.self) { try Split.folds(Array(0..<5), count, seed: 1) }
      #expect(error?.description == "\(count) folds cannot be made of 5 rows; there have to be from 2 to 5")
    }
    #expect(throws: TableError.self) { try Split.folds(Array(0..<5), 2, repeats: 0, seed: 1) }
    let error = #expect(throws: TableError.self) {
      try Split.groupedFolds(Array(0..<5), by: Column("g", integers: [1, 1, 1, 2, 2]), 3, seed: 1)
    }
    #expect(error?.description == "3 folds cannot be made of 2 groups; there have to be from 2 to 2")
  }
}
