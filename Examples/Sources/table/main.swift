// A whole table, columns of any kind, to a model in one file.
import Glia

let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
let table = try Table(csv: folder + "/wine.csv")
let model = try TabularModel.fit(table, target: "cultivar")
print("held-out rows:      \(model.report.scores)")
for (name, scores) in model.report.baselines { print("\(name): \(scores)") }

let path = "/tmp/glia-example-wine.safetensors"
try model.save(to: path)
let loaded = try TabularModel(path: path)
print("the first rows are \(try loaded.predict(table).classes.prefix(3).joined(separator: ", "))")
