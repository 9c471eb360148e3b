// swift-format-ignore-file
// The Swift of Guides/Transfer.md, as it stands there.
import Glia

func transfer1(net: Sequential, source: Sequential) throws {
  let report = try net.load(source.stateDictionary(), partly: true)
  print(report)      // 7 matched; not in the network: 5.weight, 5.bias; '3.weight' is [2, 4] here, [5, 4] there
}

func transfer2(net: Sequential) throws {
  try net.freeze("encoder")      // its path, or that of one parameter; all without a path
  try net.unfreeze("encoder.3")
}

func transfer3() throws {
  let model = try TabularModel(path: "model.safetensors")
  let tuned = try model.finetuned(
    on: Table(csv: "new.csv"), target: "returned", transfer: Transfer(frozenLayers: 1, rateFactor: 0.5))
  print(tuned.report.transfer!)      // kept …; renewed …; frozen …
}

func transfer4(net: Sequential, few: Samples) throws {
  let renewed = try net.renewed(outputs: 5)               // a copy of a Sequential with a new last layer
  let transfer = Transfer(rateFactor: 0.5, thawEvery: 3)
  try transfer.freeze(renewed.network)
  let optimizer = try transfer.optimizer(AdamW(learningRate: 0.002), for: renewed.network)
  let trainer = Trainer(
    anyModel: renewed.network, loss: CrossEntropy(), optimizer: optimizer, schedule: ConstantSchedule(), seed: 1)
  try trainer.fit(few, epochs: 20) { epoch in
    try transfer.thaw(renewed.network, after: epoch.number)
    return .goOn
  }
}

func transfer5(net: Sequential, few: Samples) throws {
  let adapted = try net.adapted(rank: 8, alpha: 8)      // shares and freezes net's parameters
  try Trainer(adapted, loss: .crossEntropy, optimizer: .adamW()).fit(few, epochs: 20)
  let merged = adapted.merged()                         // ordinary linear layers that compute the same
}

func transfer6() throws {
  struct Autoencoder: Module {
    let encoder = Linear(8, 8)
    let decoder: Linear
    init() { decoder = Linear(weight: encoder.weight) }
    func callAsFunction(_ x: Tensor) -> Tensor { decoder(tanh(encoder(x))) }
  }
}
