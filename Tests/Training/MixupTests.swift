import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaTraining

@Suite("Mixup of classes")
struct MixupTests {
  /// Three classes around points of their own in twelve columns, too near one another to be told apart always.
  private static func rows(_ count: Int, seed: UInt64) throws -> Samples {
    let key = RandomKey(seed: 40)
    let codes = Tensor.uniform([count], in: 0..<3, key: key.folding(seed)).cast(to: .int32)
    let centers = Tensor.normal([3, 12], key: key)
    let noise = Tensor.normal([count, 12], deviation: 2, key: key.folding(seed).folding("noise"))
    return try Samples(inputs: centers.gathered(codes) + noise, targets: codes)
  }

  @Test("The guide's table: rows that are mixed are learned by heart less, and probabilities are nearer to the truth")
  func guide() throws {
    let (train, test) = (try Self.rows(90, seed: 1), try Self.rows(600, seed: 2))
    let metrics = try ["accuracy", "logLoss", "expectedCalibrationError"].map { try ValidationMetric.named($0) }
    let cells = try [nil, Mixup(alpha: 0.2), Mixup(alpha: 1)].map { mixup in
      let net = Sequential {
        Linear(12, 32)
        ReLU()
        Linear(32, 3)
      }
      let trainer = Trainer(net, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01), seed: 1)
      try trainer.fit(train, epochs: 59, mixup: mixup)
      let epoch = try trainer.fit(train, validation: test, epochs: 1, mixup: mixup, metrics: metrics).epochs[0]
      let loss = try trainer.evaluate(train)
      return [loss] + metrics.map { epoch.metrics[$0.name]! }
    }
    #expect(cells[2][2] < cells[0][2] && cells[2][0] > cells[0][0])
    let heads = ["loss on the 90 rows", "test accuracy", "test log loss", "test calibration error"]
    let table = GuideText.table(
      ["", "plain", "`Mixup(alpha: 0.2)`", "`Mixup(alpha: 1)`"],
      heads.enumerated().map { place, name in [name] + cells.map { GuideText.fixed($0[place], 3) } })
    #expect(GuideText.read("Regularization.md").contains(table), "Guides/Regularization.md has to have\n\(table)")
  }
}
