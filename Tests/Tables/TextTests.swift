import Foundation
import Testing

@testable import GliaTables

/// What `References/text/text.py` found.
struct TextReference: Decodable {
  struct Samples<Value: Decodable>: Decodable {
    let first, second: [Value]
    let distance: Double?
    let p: Double
  }

  struct Models: Decodable {
    let classes, values, machine, ridge: [Double]
  }

  let texts: [String]
  let models: Models
  let weights: [[Double]]
  let numbers: [Samples<Double>]
  let counts: [Samples<Int>]
  let tails: [[Double]]

  static func read() throws -> TextReference { try reference("../text/text.json", as: TextReference.self) }
}

@Suite("Text")
struct TextTests {
  private func codes(_ text: String) -> [Int32] {
    var grams = TextGrams(count: 1 << 20)
    grams.read(text)
    return grams.codes
  }

  @Test("Texts that differ in case, digits, apostrophes and long runs of marks have the same n-grams")
  func normalisation() {
    #expect(codes("Call 0800 NOW!!!!") == codes("call\t1234\nnow!!!"))
    #expect(codes("Don't GO") == codes("dont go") && codes("Don’t go") == codes("dont go"))
    #expect(codes("ÄPFEL Привет") == codes("äpfel привет"))
    #expect(codes("go home") != codes("gohome") && codes("now!") != codes("now?"))
    #expect(codes("") == [] && codes(" \n\u{200B}") == [])
  }

  @Test("A word has its whole, its runs of three and four characters, and a pair with the word before it")
  func grams() {
    // " a " is a run; "ab" gives " ab", "ab ", " ab ".
    #expect(codes("a").count == 2)
    #expect(codes("ab").count == 4)
    #expect(codes("a ab").count == 7)
    #expect(Set(codes("a ab")).isSuperset(of: codes("a")) && Set(codes("a ab")).isSuperset(of: codes("ab")))
    // "no", "no no", " no", "no ", " no ".
    #expect(codes("no no no").count == 5)
    var grams = TextGrams(count: 1 << 20)
    grams.read("no no no")
    let hash = grams.hash
    grams.read("yes")
    #expect(grams.codes.count == codes("yes").count && grams.hash != hash)
    grams.read("NO no  no")
    #expect(grams.codes == codes("no no no") && grams.hash == hash)
  }

  /// The texts of the reference as sparse rows, hashed so widely that no two n-grams share a code, and the codes numbered anew.
  private func rows(_ texts: [String]) -> SparseRows {
    var grams = TextGrams(count: 1 << 24)
    var numberOf: [Int32: Int32] = [:]
    var counts = [0]
    let codes = texts.map { text in
      grams.read(text)
      return grams.codes.map { code -> Int32 in
        if numberOf[code] == nil {
          numberOf[code] = Int32(counts.count)
          counts.append(0)
        }
        counts[Int(numberOf[code]!)] += 1
        return numberOf[code]!
      }
    }
    let encoding = TextEncoding(
      documents: texts.count, counts: counts, minimumCount: 1, scoreNames: [], models: [], numbers: [],
      hasIndicator: false)
    var rows = SparseRows(factors: encoding.factors)
    for codes in codes { rows.append(codes[...]) }
    return rows
  }

  @Test("The weights of a text are those of scikit-learn's TfidfVectorizer")
  func weights() throws {
    let reference = try TextReference.read()
    let rows = rows(reference.texts)
    for (row, expected) in reference.weights.enumerated() {
      let found = rows.range(row).map { rows.factors[Int(rows.codes[$0])] * rows.scales[row] }.sorted()
      #expect(found.count == expected.count, "\(reference.texts[row])")
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-10 * $1 }, "\(reference.texts[row])")
    }
  }

  @Test("The linear models of texts are scikit-learn's support vector machine and ridge regression")
  func models() throws {
    let reference = try TextReference.read()
    let rows = rows(reference.texts)
    for (y, expected, isClasses) in [
      (reference.models.classes, reference.models.machine, true),
      (reference.models.values, reference.models.ridge, false),
    ] {
      let model = SparseLinearModel(
        rows, Array(0..<rows.count), y, isClasses: isClasses, passes: 10_000, tolerance: 1e-12)
      for (row, score) in expected.enumerated() {
        let sum = rows.range(row).reduce(0) { $0 + model.weights[Int(rows.codes[$1])] }
        let found = model.weights[0] + rows.scales[row] * sum
        #expect(abs(found - score) <= 1e-8 * max(1, abs(score)), "\(found) and \(score)")
      }
    }
  }

  /// Texts of two kinds, each with a name in it, and a target of a class and of a number.
  private func letters(_ count: Int) throws -> Table {
    let texts = (0..<count).map { row in
      row % 30 == 7
        ? nil : (row % 2 == 0 ? "please send the money" : "thank you for the flowers") + " to \(row / 2) friends"
    }
    return try Table([
      Column("t", text: texts), Column("kind", categories: (0..<count).map { ["bill", "note"][$0 % 2] }),
      Column("three", categories: (0..<count).map { ["a", "b", "c"][$0 % 3] }),
      Column("price", numbers: (0..<count).map { Double($0 % 2) * 10 + Double($0 % 5) }),
    ])
  }

  @Test("A text becomes numbers: its looks, and a score for a number or two classes, or one for each class")
  func columns() throws {
    let table = try letters(120)
    let looks = ["t length", "t words", "t digits", "t capitals", "t marks"]
    for (target, scores) in [
      ("kind", ["t score"]), ("price", ["t score"]), ("three", ["t score=a", "t score=b", "t score=c"]), (nil, []),
    ] {
      let preprocessor = try Preprocessor.fit(table, features: ["t"], target: target)
      #expect(preprocessor.numericNames == looks + scores + ["t is missing"])
      let width = preprocessor.numericNames.count
      let features = try preprocessor.transform(
        Table([Column("t", text: ["Please send the money", nil, "thank you for the flowers", ""])]))
      #expect(features.numbers.allSatisfy { $0.isFinite })
      #expect([0, 1, 2, 3].map { features.numbers[$0 * width + width - 1] } == [0, 1, 0, 0])
      if target == "kind" || target == "price" {
        #expect(features.numbers[5] < -0.5 && features.numbers[2 * width + 5] > 0.5)
      }
      let decoded = try JSONDecoder().decode(Preprocessor.self, from: JSONEncoder().encode(preprocessor))
      #expect(decoded == preprocessor)
    }
  }

  @Test("A training row's score is of models that have not learnt from it, nor from its copies")
  func crossFitted() throws {
    // Texts without anything in common but for their copies: nothing of the other texts tells a class.
    var generator = SplitMix64(seed: 3)
    let words = (0..<150).map { _ in
      String((0..<8).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement(using: &generator)! })
    }
    let texts = (words + words).map { "\($0)" }
    let kinds = (words.indices.map { $0 % 2 } + words.indices.map { $0 % 2 }).map { ["a", "b"][$0] }
    let table = try Table([Column("t", text: texts), Column("y", categories: kinds)])
    let preprocessor = try Preprocessor.fit(table, target: "y")
    let features = try preprocessor.transform(table)
    let width = preprocessor.numericNames.count
    let right = kinds.indices.reduce(0) { $0 + ((features.numbers[$1 * width + 5] > 0) == (kinds[$1] == "b") ? 1 : 0) }
    #expect((105...195).contains(right), "\(right) of 300, seed 3")
  }

  @Test("An encoding whose parts do not fit together is not read")
  func damaged() throws {
    let text = String(
      decoding: try JSONEncoder().encode(Preprocessor.fit(letters(40), features: ["t"], target: "kind")), as: UTF8.self)
    for (part, other) in [
      ("\"documents\":", "\"documents\":-"), ("\"weights\":[", "\"weights\":[1,"), ("[\"\"]", "[\"\",\"\"]"),
    ] {
      let damaged = text.replacingOccurrences(of: part, with: other)
      #expect(damaged != text)
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Preprocessor.self, from: Data(damaged.utf8)) }
    }
  }

  @Test("Sentences are text, though some repeat; names, numbers of parts and a few phrases are not")
  func types() throws {
    func type(_ values: [String]) throws -> ColumnType? {
      try Table(csvText: "a,b\n" + values.map { "1,\($0)\n" }.joined())["b"]?.type
    }
    let sentences = (0..<60).map { "the words of message number \($0)" }
    #expect(try type(sentences) == .text)
    #expect(try type(Array(sentences.prefix(25))) == .text)
    #expect(try type(sentences + sentences + sentences) == .text)
    #expect(try type((0..<30).flatMap { _ in sentences }) == .category)
    #expect(try type(Array(sentences.prefix(6))) == .category)
    #expect(try type((0..<60).map { "8f14e45f-ceea-467f-9538-1c51d16d\(1000 + $0)" }) == .category)
    #expect(try type((0..<60).map { "你好世界这是第几个消息呢\($0 % 7)号码是\($0)" }) == .text)
  }
}
