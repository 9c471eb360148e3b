import GliaTables
import Testing

@Suite("Splits")
struct SplitTests {
  let rows = Array(0..<100)

  @Test("A split takes every row once, and the same seed gives the same rows")
  func random() throws {
    let split = try Split.random(rows, validation: 0.1, test: 0.2, seed: 5)
    #expect(split.test.count == 20 && split.validation.count == 10)
    #expect((split.training + split.validation + split.test).sorted() == rows)
    #expect(try Split.random(rows, validation: 0.1, test: 0.2, seed: 5) == split)
    #expect(try Split.random(rows, validation: 0.1, test: 0.2, seed: 6) != split)
  }

  @Test("The generator gives the published numbers of seed 1234567")
  func generator() {
    var generator = SplitMix64(seed: 1_234_567)
    let first = (0..<3).map { _ in generator.next() }
    #expect(first == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("A stratified split has its share of every class")
  func stratified() throws {
    let column = Column("c", categories: rows.map { $0 < 70 ? "a" : $0 < 90 ? "b" : "c" })
    let split = try Split.stratified(rows, by: column, validation: 0.1, test: 0.2, seed: 1)
    func counts(_ part: [Int]) -> [Int] { ["a", "b", "c"].map { c in part.filter { column.text($0) == c }.count } }
    #expect(counts(split.test) == [14, 4, 2])
    #expect(counts(split.validation) == [7, 2, 1])
    #expect((split.training + split.validation + split.test).sorted() == rows)
    #expect(split.warnings.isEmpty)
  }

  @Test("A class with too few rows is trained on and named")
  func smallClass() throws {
    let column = Column("c", categories: rows.map { $0 == 42 ? "rare" : $0 % 2 == 0 ? "a" : "b" })
    let split = try Split.stratified(rows, by: column, validation: 0.1, test: 0.2, seed: 1)
    #expect(split.training.contains(42))
    #expect(split.warnings == ["class 'rare' has 1 row, too few for 3 parts; all of it is trained on"])
  }

  @Test("A group is never in two parts")
  func grouped() throws {
    let column = Column("person", integers: rows.map { $0 / 7 })
    let split = try Split.grouped(rows, by: column, validation: 0.2, test: 0.2, seed: 3)
    let parts = [split.training, split.validation, split.test].map { Set($0.map { $0 / 7 }) }
    #expect(
      parts[0].isDisjoint(with: parts[1]) && parts[0].isDisjoint(with: parts[2]) && parts[1].isDisjoint(with: parts[2]))
    #expect(split.test.count >= 20 && split.validation.count >= 20 && !split.training.isEmpty)
    let one = Column("person", integers: rows.map { _ in 1 })
    #expect(error { () throws(TableError) in try Split.grouped(rows, by: one, test: 0.2, seed: 3) }?.kind == .split)
  }

  @Test("By time, training comes first and the test last")
  func byTime() throws {
    let column = Column("day", dates: rows.map { Double((($0 * 37) % 100) * 86_400) })
    let split = try Split.byTime(rows, column, validation: 0.1, test: 0.2)
    let times = column.numbers!
    #expect(split.training.map { times[$0] }.max()! < split.validation.map { times[$0] }.min()!)
    #expect(split.validation.map { times[$0] }.max()! < split.test.map { times[$0] }.min()!)
    let words = Column("w", categories: rows.map { "\($0)" })
    #expect(error { () throws(TableError) in try Split.byTime(rows, words, test: 0.2) }?.kind == .split)
  }

  @Test("Shares that leave nothing to train on are refused")
  func shares() {
    #expect(error { () throws(TableError) in try Split.random([1], test: 0.2, seed: 1) }?.kind == .split)
    #expect(
      error { () throws(TableError) in try Split.random(rows, validation: 0.5, test: 0.5, seed: 1) }?.kind == .split)
    #expect(error { () throws(TableError) in try Split.random(rows, validation: -0.1, seed: 1) }?.kind == .split)
    #expect(error { () throws(TableError) in try Split.random(rows, validation: .nan, seed: 1) }?.kind == .split)
  }
}
