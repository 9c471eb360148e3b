// swift-format-ignore-file
// The Swift of Guides/Metrics.md, as it stands there.
import Glia

func metrics1(trainer: Trainer, train: Samples, rest: Samples, labels: [Int], probabilities: [Double], weights: [Double], batches: [ClassPredictions]) throws {
  let predictions = try ClassPredictions(labels: labels, probabilities: probabilities, classCount: 3, weights: weights)
  try Metric.named("balancedAccuracy").score(predictions)     // nil where it is undefined
  predictions.rocAUC                                          // the same without a name
  ConfusionMatrix(predictions).f1(.ofClass(2))                // per class, .macro, .micro, .weighted

  var score = try Metric.named("rocAUC").running()            // batch by batch
  for batch in batches { try score.add(batch) }
  score.value                                                 // that of all rows at once, to the last bit
  score.reason                                                // why there is none

  let watched = try ValidationMetric.named("averagePrecision")
  try trainer.fit(train, validation: rest, epochs: 100, metrics: [watched],
    earlyStopping: EarlyStopping(watching: watched, patience: 10))
}

func metrics2(train: Samples, rest: Samples, truth: [Double], probabilities: [Double]) throws {
  let net = Sequential { Linear(2, 16); ReLU(); Linear(16, 3) }
  let trainer = Trainer(net, loss: .binaryCrossEntropy, optimizer: .adam(learningRate: 0.01))
  let watched = try ValidationMetric.named("labelF1Macro")
  try trainer.fit(train, validation: rest, epochs: 30, metrics: [watched])

  let predictions = try LabelPredictions(targets: truth, scores: probabilities, labelCount: 3)   // said above 0.5
  try Metric.named("hammingLoss").score(predictions)
}
