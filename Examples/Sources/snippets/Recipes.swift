// swift-format-ignore-file
// The Swift of Guides/Recipes.md, as it stands there.
import Glia

func recipes1(table: Table) throws {
  var options = TableOptions()
  options.recipe = .thorough
  options.bins = 32
  let model = try TabularModel.fit(table, target: "median_house_value", options: options)
  Recipe.default.size(rows: 20_000).hiddenSizes       // [128, 64, 32]
}
