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

  /// Which words are said.
  var words: [(name: String, isSaid: Bool)] {
    [
      ("labels", labels != nil), ("test", test != nil), ("test-labels", testLabels != nil),
      ("test-fraction", testFraction != nil),
    ]
  }

  /// Images and those to score on, with what they show where that is known.
  func images(maybeLabelled file: String) throws -> (
    images: IDX, labels: IDX?, test: (images: IDX, labels: IDX?)?
  ) {
    let isWhole = test == nil ? testLabels == nil : (labels == nil) == (testLabels == nil)
    guard isWhole else {
      throw UsageError(
        "--labels are for the images to learn from, --test-labels for those of --test: give both or none")
    }
    let held = try test.map { (images: try IDX.read($0), labels: try testLabels.map { try IDX.read($0) }) }
    return (try IDX.read(file), try labels.map { try IDX.read($0) }, held)
  }

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
