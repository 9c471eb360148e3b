import Foundation
import GliaNeuralNetworks
import Testing

/// `Guides/Settings.md` is what the catalogs say of themselves, as the errors and the command's help are.
@Suite("The page of settings")
struct SettingsPageTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Guides/Settings.md")

  private static let head = """
    # Settings

    Every part that has settings: what each may be, what it is where nothing is said, and what it does. A value outside its range is
    an error that names the setting, the value and the range.

    This page is made of the tables that the errors and the command's help are made of, by

        GLIA_WRITE_PAGE=1 swift test --filter SettingsPageTests

    """

  private func section(_ title: String, _ rows: [some CatalogRow]) -> String {
    let lines = rows.flatMap { row in
      row.hyperparameters.map { setting in
        let usual = setting.defaultValue.map { "`\($0)`" } ?? ""
        return "| `\(row.kind)` | `\(setting.name)` | \(setting.range) | \(usual) | \(setting.documentation) |"
      }
    }
    return """

      ## \(title)

      | part | setting | may be | default | what it does |
      |---|---|---|---|---|
      \(lines.joined(separator: "\n"))

      """
  }

  @Test("The page has each setting of each part, with the range that is checked")
  func isWhatTheCatalogsSay() throws {
    let made =
      Self.head + section("Layers", Catalog.layers.rows) + section("Initialisers", Catalog.initializers.rows)
      + section("Losses", Catalog.losses.rows) + section("Optimizers", Catalog.optimizers.rows)
      + section("Schedules", Catalog.schedules.rows) + section("Augmentations", Catalog.augmentations.rows)
      + section("Autoencoders", Catalog.autoencoders.rows)
    if ProcessInfo.processInfo.environment["GLIA_WRITE_PAGE"] != nil {
      try made.write(to: Self.page, atomically: true, encoding: .utf8)
    }
    let stands = try String(contentsOf: Self.page, encoding: .utf8)
    let differing = zip(made.split(separator: "\n"), stands.split(separator: "\n")).first { $0 != $1 }
    #expect(stands == made, "the page has \(differing?.1 ?? "another length"), the tables \(differing?.0 ?? "another")")
  }
}
