import GliaFormats
import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Augmentation")
struct AugmentationTests {
  /// What `change` makes of an image.
  private static func changed(
    _ scalars: [Float], _ channels: Int, _ height: Int, _ width: Int, _ change: (AugmentedImage) -> Void
  ) -> [Float] {
    var (result, spare) = (scalars, scalars)
    result.withUnsafeMutableBufferPointer { result in
      spare.withUnsafeMutableBufferPointer { spare in
        change(AugmentedImage(channels: channels, height: height, width: width, scalars: result, spare: spare))
      }
    }
    return result
  }

  private static func applied(_ step: some Augmentation, seed: UInt64, _ scalars: [Float], _ shape: [Int]) -> [Float] {
    changed(scalars, shape[0], shape[1], shape[2]) { image in
      var draws = RandomDraws(seed: seed)
      step.apply(to: image, draws: &draws)
    }
  }

  private static let ramp = (1...24).map(Float.init)

  @Test(
    "A part of the catalog is made again from what it says, and refuses what is out of range",
    arguments: Catalog.augmentations.kinds)
  func conformance(kind: String) throws {
    let row = try Catalog.augmentations.row(kind)
    let failures = PartConformance.failures(row, settings: row.exampleSettings) { $0.partDescription }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    // A function of the draws alone, with numbers that the image had or that come in.
    let step = try row.make(row.exampleSettings)
    for seed in UInt64(0)..<50 {
      let once = Self.applied(step, seed: seed, Self.ramp, [2, 3, 4])
      #expect(once == Self.applied(step, seed: seed, Self.ramp, [2, 3, 4]))
      #expect(once.allSatisfy { (0...24).contains($0) }, "seed \(seed)")
    }
    let many = Set((UInt64(0)..<50).map { Self.applied(step, seed: $0, Self.ramp, [2, 3, 4]) })
    #expect(many.count >= 2)
    #expect(Mixup(alpha: 0.5).partDescription.description == "mixup(alpha: 0.5)")
    #expect(throws: SettingError.self) { try Mixup(alpha: 0).validateSettings() }
  }

  @Test("A turned image is PyTorch's: bilinear, about the centre, zeros outside")
  func rotate() throws {
    for entry in try ReferenceNumbers.read("augmentation/rotate.json").array("cases").map({ $0.object! }) {
      let shape = try entry.array("shape").map { Int($0.integer!) }
      let image = try JSONValue.array(entry.array("image")).scalars.map { Float($0) }
      let expected = try JSONValue.array(entry.array("turned")).scalars
      let degrees = try #require(entry["degrees"]).number!
      let turned = Self.changed(image, shape[0], shape[1], shape[2]) { Rotate(degrees: 180).turn($0, by: degrees) }
      // Numbers up to 8, kept in float32.
      for (found, right) in zip(turned, expected) { #expect(abs(Double(found) - right) < 1e-6, "\(degrees)°") }
    }
  }

  @Test("A shift moves all channels alike, by every distance in its range and no other")
  func shift() {
    var seen: Set<[Int]> = []
    for seed in UInt64(0)..<300 {
      let moved = Self.applied(Shift(by: 1, fill: -1), seed: seed, Self.ramp, [2, 3, 4])
      var matches: [[Int]] = []
      for down in -1...1 {
        for right in -1...1 {
          let expected = (0..<24).map { place -> Float in
            let (channel, line, column) = (place / 12, place / 4 % 3 - down, place % 4 - right)
            return (0..<3).contains(line) && (0..<4).contains(column) ? Self.ramp[channel * 12 + line * 4 + column] : -1
          }
          if expected == moved { matches.append([down, right]) }
        }
      }
      #expect(matches.count == 1, "seed \(seed)")
      seen.formUnion(matches)
    }
    #expect(seen.count == 9)
  }

  @Test("A flip mirrors half of the images, and all or none of them where that is asked for")
  func flip() {
    let image: [Float] = [1, 2, 3, 4, 5, 6]
    let seeds = UInt64(0)..<1000
    let mirrored = seeds.count { Self.applied(Flip(), seed: $0, image, [1, 2, 3]) == [3, 2, 1, 6, 5, 4] }
    #expect((440...560).contains(mirrored))  // within four deviations of 500
    #expect(
      seeds.allSatisfy {
        Self.applied(Flip(.vertical, probability: 1), seed: $0, image, [1, 2, 3]) == [4, 5, 6, 1, 2, 3]
      })
    #expect(seeds.allSatisfy { Self.applied(Flip(probability: 0), seed: $0, image, [1, 2, 3]) == image })
  }

  @Test("A cut-out covers a square in all channels, whole within the image and a part at its edges")
  func cutOut() throws {
    var sizes: Set<Int> = []
    for seed in UInt64(0)..<300 {
      let covered = Self.applied(CutOut(size: 2), seed: seed, Self.ramp, [2, 3, 4]).indices { $0 == 0 }
      let places = covered.ranges.flatMap { Array($0) }
      let first = places.filter { $0 < 12 }
      #expect(places.filter { $0 >= 12 } == first.map { $0 + 12 })
      sizes.insert(first.count)
    }
    #expect(sizes == [1, 2, 4])
    let error = #expect(throws: SettingError.self) { try CutOut(size: 4).check(height: 3, width: 9) }
    #expect(error?.description == "cutOut: size is 4; for images of 3 × 9 it has to be at most 3.")
    #expect(throws: SettingError.self) { try Shift(by: 3).check(height: 3, width: 9) }
  }

  @Test("Shares of a mixture have the mean and the variance of Beta(α, α)", arguments: [0.1, 0.4, 1, 3])
  func shares(alpha: Double) {
    var draws = RandomDraws(seed: 11)
    let count = 20_000
    let shares = (0..<count).map { _ in Double(Mixup(alpha: alpha).draw(from: 7, &draws).share) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / Double(count)
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    let expected = 1 / (4 * (2 * alpha + 1))
    #expect(abs(mean - 0.5) < 5 * (expected / Double(count)).squareRoot())
    // The fourth moment is at most 1/16, so this is more than five deviations of the variance.
    #expect(abs(variance - expected) < 5 * 0.25 / Double(count).squareRoot())
  }
}
