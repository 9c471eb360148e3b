import ArgumentParser
import GliaNeuralNetworks
import GliaTables
import GliaTraining

/// What to learn from what in a table: the words that the commands share which train on one.
struct TableArguments: ParsableArguments {
  @Option(help: "The column to predict.")
  var target: String?
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?
  @Option(help: "The columns to learn from; all but the target where nothing is said.", transform: CommaList.names)
  var columns: [String]?
  @Option(help: "Columns to leave out.", transform: CommaList.names)
  var drop: [String]?
  @Option(help: "Classification or regression, where the target's own is not wanted.")
  var task: TaskKind?
  @Option(help: "Rows with one value of this column stay on one side of every split; it is learned from only if named.")
  var group: String?
  @Option(help: "A column that says how much each row counts, in the loss and the scores; it is not learned from.")
  var weight: String?
  @Option(
    help: ArgumentHelp(
      "What the classes count in the loss: balanced, so that all count the same together, or by name, the others 1.",
      valueName: "balanced|class=number,…"),
    transform: ClassWeights.init(words:))
  var classWeights: ClassWeights?

  /// What the words say, in the library's.
  var options: TableOptions {
    var options = TableOptions()
    options.features = columns
    options.dropping = drop ?? []
    options.task = task
    options.groupColumn = group
    options.weightColumn = weight
    options.classWeights = classWeights
    return options
  }

  /// Which words are said; class weights are for images too.
  var words: [(name: String, isSaid: Bool)] {
    [
      ("target", target != nil), ("names", names != nil), ("columns", columns != nil), ("drop", drop != nil),
      ("task", task != nil), ("group", group != nil), ("weight", weight != nil),
    ]
  }

  /// - Throws: an error for a word that says nothing about images.
  func refuseForImages(and others: [(name: String, isSaid: Bool)] = []) throws {
    guard let word = (words + others).first(where: \.isSaid)?.name else { return }
    throw UsageError("--\(word) is for tables; these are images")
  }

  /// The target, which has to be said.
  func target(in table: Table) throws -> String { try TableArguments.target(target, in: table) }
  static func target(_ said: String?, in table: Table) throws -> String {
    if let said { return said }
    let names = table.columns.prefix(40).joined(separator: ", ") + (table.columns.count > 40 ? ", …" : "")
    throw UsageError("Which column is to be predicted? Give --target, one of \(names)")
  }
}

extension TaskKind: ExpressibleByArgument {}
