import ArgumentParser
import GliaTables
import GliaTraining

/// Which rows are held out and scored on, and what images show: the words that the commands share which train a network.
struct HeldOutArguments: ParsableArguments {
  @Option(help: "The labels of the images (IDX).")
  var labels: String?
  @Option(help: "A table, or images, to score on instead of a part of the rows.")
  var test: String?
  @Option(help: "The labels of the images to score on.")
  var testLabels: String?
  @Option(
    help: """
      The part of the rows to hold out and score on, \(TrainRange.testFraction.words) (\(TableOptions().testFraction)).
      """)
  var testFraction: Double?

  func validate() throws { try TrainRange.testFraction.check(testFraction) }

  /// The files that are read.
  var files: [String?] { [labels, test, testLabels] }

  /// Images with what they show, and those to score on.
  func images(_ file: String) throws -> (images: IDX, labels: IDX, test: (images: IDX, labels: IDX)?) {
    guard let labels else { throw UsageError("Give the file of the images' --labels") }
    guard (test == nil) == (testLabels == nil) else {
      throw UsageError("--test and --test-labels belong together: images and what they show")
    }
    let held = try test.flatMap { test in
      try testLabels.map { (images: try IDX.read(test), labels: try IDX.read($0)) }
    }
    return (try IDX.read(file), try IDX.read(labels), held)
  }
}
