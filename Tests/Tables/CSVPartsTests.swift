import GliaTables
import Testing

/// However a text is cut into parts, and by however many threads they are read, the table or the error is the same.
@Suite("CSV in parts")
struct CSVPartsTests {
  static let seed = UInt64.random(in: .min ... .max)

  /// Everything that can be seen of reading a text.
  private func outcome(_ text: String, parts: Int, threads: Int, types: [String: ColumnType] = [:]) -> [String] {
    var options = CSVOptions()
    options.partBytes = parts
    options.threads = threads
    options.types = types
    options.header = .present
    options.delimiter = ","
    do {
      let table = try Table(csvText: text, file: "t.csv", options: options)
      let lines = (0..<table.rowCount).map { "\(table.line(ofRow: $0) ?? -1)" }.joined(separator: " ")
      return table.columns.map { name in
        let column = table[name]!
        let numbers = column.numbers?.map { "\($0.bitPattern)" }.joined(separator: " ") ?? ""
        return "\(name) \(column.type) \(numbers) \((0..<table.rowCount).map { column.text($0) ?? "-" })"
      } + [lines]
    } catch { return ["\(error)"] }
  }

  private func check(_ text: String, types: [String: ColumnType] = [:], _ comment: Comment) {
    let whole = outcome(text, parts: text.utf8.count + 1, threads: 1, types: types)
    for threads in [1, 2, 5] {
      for parts in Array(1...24) + [50, 100, 333] {
        let found = outcome(text, parts: parts, threads: threads, types: types)
        #expect(found == whole, "\(threads) threads, parts of \(parts) bytes, \(comment)")
      }
    }
  }

  private func field(_ generator: inout SplitMix64, errors: Bool) -> String {
    switch Int.random(in: 0..<(errors ? 60 : 58), using: &generator) {
    case 0..<25: return "\(Int.random(in: -999...999, using: &generator))"
    case 25..<40: return "\(Double(Int.random(in: -9999...9999, using: &generator)) / 64)"
    case 40..<44: return ["", "NA", " ", "\t"].randomElement(using: &generator)!
    case 44..<48: return ["red", "it\"s", "a b ", "é"].randomElement(using: &generator)!
    case 48..<58:
      let pieces = ["x", "\n", "\r\n", "\r", ",", "\"\"", "\n1,2,3\n", "7", " ", ",\"\"\n", "\n\n"]
      let count = Int.random(in: 0...4, using: &generator)
      return " \"" + (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined() + "\" "
    case 58: return "\"open"
    default: return ["\"a\" b", "1,2"].randomElement(using: &generator)!
    }
  }

  private func text(_ generator: inout SplitMix64, errors: Bool) -> String {
    let columns = Int.random(in: 1...4, using: &generator)
    let end = ["\n", "\r\n", "\r"].randomElement(using: &generator)!
    let isNumeric = (0..<columns).map { _ in Bool.random(using: &generator) }
    var text = (0..<columns).map { "c\($0)" }.joined(separator: ",") + end
    for _ in 0..<Int.random(in: 1...25, using: &generator) {
      let fields = (0..<columns).map { column in
        let plain = isNumeric[column] && Int.random(in: 0..<50, using: &generator) > 0
        return plain ? "\(Int.random(in: 0...99, using: &generator))" : field(&generator, errors: errors)
      }
      text += fields.joined(separator: ",") + end
      if Int.random(in: 0..<8, using: &generator) == 0 {
        text += ["", " ", "\t "].randomElement(using: &generator)! + end
      }
    }
    return Bool.random(using: &generator) ? String(text.dropLast()) : text
  }

  @Test("Random tables with quotes, newlines inside them, blank lines and every line end")
  func tables() {
    var generator = SplitMix64(seed: Self.seed)
    for index in 0..<60 { check(text(&generator, errors: false), "table \(index) of seed \(Self.seed)") }
  }

  @Test("Random tables with errors, in the text or against declared types, give the first row's error with its line")
  func errors() {
    var generator = SplitMix64(seed: Self.seed)
    for index in 0..<60 {
      let types: [String: ColumnType] = index % 2 == 0 ? [:] : ["c0": .integer]
      check(text(&generator, errors: true), types: types, "table \(index) of seed \(Self.seed)")
    }
  }

  @Test("The error of the first wrong row counts, whatever its kind")
  func order() throws {
    let type = "a,b\n1,2\n3,x\n4,5,6\ny,7\n", columns = "a,b\n1,2\n3,x\ny,4\n"
    let shape = "a,b\n1,2\n4,5,6\n3,x\n"
    for (text, words) in [(type, ["line 3", "'x'"]), (columns, ["line 3", "'x'"]), (shape, ["line 3", "3 fields"])] {
      let found = outcome(text, parts: 1 << 18, threads: 2, types: ["a": .number, "b": .number])
      for word in words { #expect(found[0].contains(word), "\(found[0])") }
      check(text, types: ["a": .number, "b": .number], "order")
    }
  }
}
