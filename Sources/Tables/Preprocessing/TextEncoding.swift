import Dispatch

/// A text: how it looks, and what linear models of its n-grams make of it, as standardised numbers.
///
/// - The looks: the logarithms of 1 + characters and 1 + words, and the shares of digits, capitals and marks.
/// - A score: a linear model's for one class against the other, or for a number; for more classes a score for each, of at most
///   ``mostScores`` the most frequent. Where there is no target, no score.
///
/// The n-grams (``TextGrams``) are words, pairs of words and runs of characters, each of them one of `codeCount` − 1 hashed codes.
/// Code c has the smoothed inverse document frequency
///
///     f_c = ln((1 + documents) / (1 + counts_c)) + 1
///
/// which is scikit-learn's; codes that fewer than `minimumCount` training rows have are left out. A text is the vector of the
/// factors of its codes, brought to length 1, however long the text is.
///
/// A model's score for a text that it learnt from says more than one for a new text, and a network would believe it too much. So
/// there are several models: a hash of the text deals it into a part, and its score is that of the model that learnt from all other
/// parts (stacking; Wolpert 1992, DOI 10.1016/S0893-6080(05)80023-1). That holds for training rows and new ones alike, and a
/// text that is repeated has its copies in the same part.
///
/// Spärck Jones 1972, "A statistical interpretation of term specificity and its application in retrieval", DOI 10.1108/eb026526.
public struct TextEncoding: Codable, Sendable, Equatable {
  /// The training rows that have a text.
  public let documents: Int
  /// In how many of them each code is; code 0 is no n-gram's.
  public let counts: [Int]
  public let minimumCount: Int
  /// What each score is for: the class, or nothing where there is one score.
  public let scoreNames: [String]
  /// The models, part by part, and in a part score by score.
  let models: [TextModel]
  /// How the numbers are scaled: the looks, then the scores.
  let numbers: [NumberEncoding]
  /// Whether a last column says which texts were missing. A missing text has the median of each number.
  public let hasIndicator: Bool

  public var codeCount: Int { counts.count }

  /// Codes, parts and a model's passes over its texts, for up to `fewRows` rows, and for more.
  private static let few = (codes: 4_096, parts: 10, passes: 50)
  private static let many = (codes: 16_384, parts: 5, passes: 10)
  private static let fewRows = 20_000
  public static let mostScores = 32

  /// The inverse document frequency of each code, 0 for those that are left out. Worked out anew each time.
  var factors: [Double] {
    counts.enumerated().map { code, count in
      code > 0 && count >= minimumCount ? naturalLogarithm(Double(1 + documents) / Double(1 + count)) + 1 : 0
    }
  }

  func names(_ column: String) -> [String] {
    (TextShape.names + scoreNames.map { $0.isEmpty ? "score" : "score=\($0)" }).map { "\(column) \($0)" }
      + (hasIndicator ? ["\(column) is missing"] : [])
  }

  // ---- Fitting

  static func fit(_ column: Column, _ rows: [Int], _ target: TextTarget?) -> TextEncoding {
    let sizes = rows.count > fewRows ? many : few
    let places = rows.indices.filter { !column.isMissing(rows[$0]) }
    let known = ReadTexts(places.map { column.text(rows[$0]) ?? "" }, codeCount: sizes.codes)
    let scores = target.map { $0.scores(places) } ?? []
    let draft = TextEncoding(
      documents: places.count, counts: known.counts, minimumCount: places.count >= 100 ? 2 : 1,
      scoreNames: scores.map(\.name), models: [], numbers: [], hasIndicator: places.count < rows.count)
    let parts = scores.count > 1 ? many.parts : sizes.parts
    let models = draft.models(
      known, scores, parts: parts, passes: sizes.passes, isClasses: target?.isClasses ?? false)
    let factors = draft.factors
    var columns = known.shapes
    columns += scores.indices.map { score in
      known.hashes.indices.map { row in
        let part = Int(known.hashes[row] % UInt64(parts))
        return models[part * scores.count + score].score(known.codes(row), factors)
      }
    }
    return TextEncoding(
      documents: draft.documents, counts: draft.counts, minimumCount: draft.minimumCount, scoreNames: draft.scoreNames,
      models: models,
      numbers: columns.map { NumberEncoding.fit(Column("", numbers: $0), Array($0.indices), .standard) },
      hasIndicator: draft.hasIndicator)
  }

  private func models(
    _ known: ReadTexts, _ scores: [TextTarget.Score], parts: Int, passes: Int, isClasses: Bool
  ) -> [TextModel] {
    var rows = SparseRows(factors: factors)
    for row in known.hashes.indices { rows.append(known.codes(row)) }
    let others = (0..<parts).map { part in
      known.hashes.indices.filter { known.hashes[$0] % UInt64(parts) != UInt64(part) }
    }
    var models: [TextModel?] = Array(repeating: nil, count: parts * scores.count)
    models.withUnsafeMutableBufferPointer { models in
      nonisolated(unsafe) let models = models  // each has its own place
      DispatchQueue.concurrentPerform(iterations: models.count) { [rows] place in
        let (part, score) = (place / scores.count, scores[place % scores.count])
        models[place] = TextModel(
          SparseLinearModel(rows, others[part], score.values, isClasses: isClasses, passes: passes))
      }
    }
    return models.compactMap { $0 }
  }

  // ---- Use

  func write(_ column: Column, _ rows: [Int], into matrix: inout [Float], offset: Int, width: Int) {
    var grams = TextGrams(count: codeCount)
    let factors = factors
    let parts = UInt64(max(models.count / max(scoreNames.count, 1), 1))
    for (place, row) in rows.enumerated() {
      let start = place * width + offset
      let text = column.text(row)
      if hasIndicator { matrix[start + numbers.count] = text == nil ? 1 : 0 }
      var values = numbers.map(\.fill)
      if let text {
        grams.read(text)
        let part = Int(grams.hash % parts) * scoreNames.count
        values = grams.shape.numbers + scoreNames.indices.map { models[part + $0].score(grams.codes[...], factors) }
      }
      for (number, rule) in numbers.enumerated() { matrix[start + number] = rule.scaled(values[number]) }
    }
  }
}

extension TextEncoding {
  private enum CodingKeys: String, CodingKey {
    case documents, counts, minimumCount, scoreNames, models, numbers, hasIndicator
  }

  /// Reads what a file holds, which has to fit together.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    documents = try values.decode(Int.self, forKey: .documents)
    counts = try values.decode([Int].self, forKey: .counts)
    minimumCount = try values.decode(Int.self, forKey: .minimumCount)
    scoreNames = try values.decode([String].self, forKey: .scoreNames)
    models = try values.decode([TextModel].self, forKey: .models)
    numbers = try values.decode([NumberEncoding].self, forKey: .numbers)
    hasIndicator = try values.decode(Bool.self, forKey: .hasIndicator)
    let fits =
      (0...1 << 40).contains(documents) && (2...1 << 24).contains(counts.count)
      && counts.allSatisfy { (0...documents).contains($0) }
      && numbers.count == TextShape.names.count + scoreNames.count
      && (scoreNames.isEmpty ? models.isEmpty : !models.isEmpty && models.count.isMultiple(of: scoreNames.count))
      && models.allSatisfy { $0.weights.count == counts.count }
    if !fits {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "the parts of a text's encoding do not fit together"))
    }
  }
}

/// A linear model of n-grams as whole numbers from −32767 to 32767, so that a file of thousands of weights stays small.
struct TextModel: Codable, Sendable, Equatable {
  let unit: Double
  /// The bias, then the weight of each code (see ``SparseLinearModel``).
  let weights: [Int]

  init(_ model: SparseLinearModel) {
    let largest = model.weights.reduce(0) { max($0, abs($1)) }
    unit = largest > 0 ? largest / 32_767 : 1
    weights = model.weights.map { [unit] in Int(($0 / unit).rounded()) }
  }

  func score(_ codes: ArraySlice<Int32>, _ factors: [Double]) -> Double {
    var (sum, square) = (0.0, 0.0)
    for code in codes where factors[Int(code)] > 0 {
      sum += Double(weights[Int(code)])
      square += factors[Int(code)] * factors[Int(code)]
    }
    return unit * (Double(weights[0]) + (square > 0 ? sum / square.squareRoot() : 0))
  }
}

/// What is to be said of texts, row by row of those that a preprocessor is fitted on.
struct TextTarget {
  struct Score {
    let name: String
    let values: [Double]
  }

  private let known: EncodedTarget
  private let encoding: TargetEncoding
  var isClasses: Bool { encoding.task == .classification }

  init(_ known: EncodedTarget, _ encoding: TargetEncoding) {
    self.known = known
    self.encoding = encoding
  }

  /// The target of these places among the rows: a number scaled, two classes as −1 and 1, of more classes each against all others.
  func scores(_ places: [Int]) -> [Score] {
    guard isClasses else { return [Score(name: "", values: places.map { Double(known.scaled[$0]) })] }
    func against(_ level: Int) -> [Double] { places.map { known.classes[$0] == Int32(level) ? 1 : -1 } }
    guard encoding.levels.count > 2 else { return [Score(name: "", values: against(1))] }
    let frequent = encoding.counts.indices.sorted { (encoding.counts[$1], $0) < (encoding.counts[$0], $1) }
    return frequent.prefix(TextEncoding.mostScores).sorted().map {
      Score(name: encoding.levels[$0], values: against($0))
    }
  }
}

/// Texts that have been read once: their codes one after the other, and what else counts of them.
private struct ReadTexts {
  private(set) var hashes: [UInt64] = []
  private(set) var counts: [Int]
  /// [looks][texts]
  private(set) var shapes: [[Double]]
  private var all: [Int32] = []
  private var ends: [Int] = [0]

  init(_ texts: [String], codeCount: Int) {
    var grams = TextGrams(count: codeCount)
    counts = Array(repeating: 0, count: codeCount)
    shapes = TextShape.names.map { _ in [] }
    for text in texts {
      grams.read(text)
      hashes.append(grams.hash)
      all += grams.codes
      ends.append(all.count)
      for code in grams.codes { counts[Int(code)] += 1 }
      for (place, number) in grams.shape.numbers.enumerated() { shapes[place].append(number) }
    }
  }

  func codes(_ row: Int) -> ArraySlice<Int32> { all[ends[row]..<ends[row + 1]] }
}
