import GliaFormats
import GliaTables
import GliaTraining

/// What `glia train` says on standard output to a person.
enum TrainText {
  /// What is in the table, and what is made of it.
  static func found(_ table: Table, _ target: String, _ task: TaskKind?, _ warnings: [String]) throws -> String {
    let column = try table.column(target)
    let own = TargetEncoding.task(of: column)
    let kind = task?.rawValue ?? own.rawValue
    var lines = ["\(table.file ?? "table"): \(Results.counted(table.rowCount, "row")), \(columns(table, target))"]
    var why = task == nil ? reason(column) : "as asked"
    if kind == LearningTask.classification.rawValue {
      let counts = classes(table, column)
      why += "; \(Results.counted(counts.count, "class", "classes")): "
      why += counts.prefix(8).map { "\($0.name.prefix(40)) (\($0.rows))" }.joined(separator: ", ")
      if counts.count > 8 { why += " and \(counts.count - 8) more" }
    } else if let numbers = column.numbers?.filter({ $0.isFinite }), let low = numbers.min(), let high = numbers.max() {
      why += " from \(shortest(low)) to \(shortest(high))"
    }
    lines.append("\(kind) of '\(target)': \(why)")
    return (lines + Results.warnings(warnings)).joined(separator: "\n") + "\n"
  }

  /// What is odd about a table that is to be learned from.
  static func warnings(_ table: Table, _ target: String) throws -> [String] {
    // Identifiers and constants are said by the preprocessing, which leaves them out.
    // Rows that repeat others count where the split has put them on both sides, which is said with it.
    let kinds: Set<Inspection.Warning.Kind> = [
      .leak, .duplicate, .manyMissing, .imbalanced, .nearlyNumbers, .nearlyDates, .infinite, .outliers, .spelling,
    ]
    return try table.inspect(target: target).warnings.filter { kinds.contains($0.kind) }.shortened
  }

  /// What the images are.
  static func found(_ images: IDX, _ file: String) -> String {
    let sizes = images.shape.dropFirst().map(String.init).joined(separator: " × ")
    return "\(file): \(Results.counted(images.shape.first ?? 0, "image")) of \(sizes)\n"
  }

  /// What is about to be done: the split, the network, how it is trained, and what was noticed on the way.
  static func plan(_ report: TableReport) -> String {
    let lines =
      ["split \(report.splitMethod): \(parts(report))", "\(report.recipe) recipe, seed \(report.seed):"]
      + (report.settings + (report.transfer?.lines ?? [])).map { "  " + $0 } + Results.warnings(report.warnings)
    return lines.joined(separator: "\n") + "\n"
  }

  /// How the run went: scores beside the baselines, why it stopped, and what to type next.
  static func results(_ model: TabularModel, _ output: String, isImages: Bool) -> String {
    let report = model.report
    let lines =
      ["", "On \(Results.rows(report)):"] + Results.table(model.evaluation) + BeliefText.lines(model.evaluation, model)
      + Results.warnings(model.evaluation.warnings) + [
        "", "\(Results.kept(report)); \(Progress.short(report.seconds)) s", "wrote \(output)",
        "next: glia predict \(quoted(output)) \(isImages ? "IMAGES" : "TABLE.csv")",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func columns(_ table: Table, _ target: String) -> String {
    var counts: [(type: ColumnType, count: Int)] = []
    for column in table.columnValues where column.name != target {
      if let place = counts.firstIndex(where: { $0.type == column.type }) {
        counts[place].count += 1
      } else {
        counts.append((column.type, 1))
      }
    }
    let types = counts.map { ", \($0.count) of \($0.type.plural)" }.joined()
    return "\(Results.counted(table.columns.count, "column")): the target" + types
  }

  private static func reason(_ column: Column) -> String {
    switch (TargetEncoding.task(of: column), column.type) {
    case (.regression, .date): "its values are dates"
    case (.regression, _): "its values are numbers"
    case (.classification, .boolean): "its values are true and false"
    case (.classification, .number), (.classification, .integer): "its values are a few whole numbers"
    case (.classification, _): "its values are words"
    }
  }

  private static func classes(_ table: Table, _ column: Column) -> [(name: String, rows: Int)] {
    var counts: [String: Int] = [:]
    for row in 0..<table.rowCount { if let name = column.text(row) { counts[name, default: 0] += 1 } }
    return counts.map { (name: $0.key, rows: $0.value) }.sorted { ($1.rows, $0.name) < ($0.rows, $1.name) }
  }

  private static func parts(_ report: TableReport) -> String {
    [("to train", report.trainingRows), ("to watch", report.validationRows), ("to score", report.testRows)]
      .filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
  }

  static func quoted(_ path: String) -> String {
    path.allSatisfy { $0.isLetter || $0.isNumber || "/._-".contains($0) }
      ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension ColumnType {
  fileprivate var plural: String { self == .category ? "categories" : rawValue + "s" }
}
