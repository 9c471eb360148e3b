import GliaTables

/// The rows of a table whose target is known, and a model to be asked about them.
struct KnownRows {
  let model: TabularModel
  /// The rows that have a target, and no others.
  let table: Table
  /// The place of each of them in the table that was given.
  let places: [Int]
  let known: EncodedTarget
  private let predictor: Predictor

  /// - Throws: `TableError` for a table that the model does not read or that has no target; ``TrainingError`` for a model
  ///   of images.
  init(_ model: TabularModel, _ table: Table) throws {
    self.model = model
    predictor = Predictor(model.network)
    _ = try KnownRows.columns(of: model)
    places = try model.target.encode(table).rows
    self.table = table.rows(places)
    known = try model.known(self.table)
  }

  /// What the model says of these rows, or of others with the same columns.
  func answers(_ other: Table? = nil) throws -> TablePredictions {
    model.answers(try predictor.outputs(for: model.inputs(other ?? table, rows: nil)))
  }

  /// The columns that a model reads, as they stand in a table.
  static func columns(of model: TabularModel) throws -> [String] {
    guard let preprocessor = model.preprocessor else {
      throw TrainingError("This model reads images, which have no columns to explain it by.")
    }
    return preprocessor.columns.map(\.column)
  }
}
