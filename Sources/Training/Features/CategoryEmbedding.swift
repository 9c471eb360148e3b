import GliaNeuralNetworks
import GliaTables

/// What a model has learned of the levels of a category: a vector for each, near for levels that it treats alike.
///
///     let cities = try model.categoryEmbedding(of: "city")
///     cities.nearest(to: "Oslo", count: 3)      // [("Bergen", 0.31), …]
public struct CategoryEmbedding: Sendable {
  public let column: String
  public let levels: [String]
  /// One for each level. Of several networks the vectors stand one behind the other, for each has axes of its own.
  public let vectors: [[Double]]

  /// The levels whose vectors have the smallest Euclidean distance, nearest first; none for a level that there is not.
  public func nearest(to level: String, count: Int = 3) -> [(level: String, distance: Double)] {
    guard let place = levels.firstIndex(of: level) else { return [] }
    let own = vectors[place]
    let others = levels.indices.filter { $0 != place }.map { other in
      (level: levels[other], distance: distance(own, vectors[other]))
    }
    // Sorting keeps the order of levels that are equally far.
    return others.enumerated().sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .prefix(count).map(\.element)
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

extension TabularModel {
  /// The vectors of a category that the network reads through an embedding.
  ///
  /// - Throws: ``TrainingError`` for a column that has none, with those that have.
  public func categoryEmbedding(of column: String) throws -> CategoryEmbedding {
    try CategoryEmbedding(of: column, preprocessor, network)
  }
}

extension TableAutoencoder {
  /// The vectors of a category that the encoder reads through an embedding.
  ///
  /// - Throws: ``TrainingError`` for a column that has none, with those that have.
  public func categoryEmbedding(of column: String) throws -> CategoryEmbedding {
    try CategoryEmbedding(of: column, preprocessor, network)
  }
}

extension CategoryEmbedding {
  fileprivate init(of column: String, _ preprocessor: Preprocessor?, _ network: any Module) throws {
    let known = preprocessor?.codeNames ?? []
    guard let place = known.firstIndex(of: column),
      case .embedding(let encoding)? = preprocessor?.columns.first(where: { $0.column == column })?.rule
    else {
      let list = known.map { "'\($0)'" }.joined(separator: ", ")
      throw TrainingError(
        known.isEmpty
          ? "No column of this model has an embedding: only categories of many levels get one."
          : "'\(column)' has no embedding in this model. There are embeddings of \(list).")
    }
    let path = "embeddings.\(place).weight"
    let weights = network.namedParameters.filter { entry in
      (entry.name == path || entry.name.hasSuffix("." + path)) && entry.parameter.shape.rank == 2
        && entry.parameter.shape[0] == encoding.cardinality
    }
    guard !weights.isEmpty else {
      throw TrainingError("The network has no embedding of '\(column)' among its parameters.")
    }
    self.column = column
    levels = encoding.levels
    let tables = weights.map { (numbers: $0.parameter.value.doubles, width: $0.parameter.shape[1]) }
    // The codes 0 and 1 stand for missing and rare values.
    vectors = encoding.levels.indices.map { level in
      tables.flatMap { $0.numbers[(level + 2) * $0.width..<(level + 3) * $0.width] }
    }
  }
}
