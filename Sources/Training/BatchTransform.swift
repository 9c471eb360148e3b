import GliaGraph
import GliaNeuralNetworks
import GliaTensors

/// What is done to the rows of a batch after they were copied into it: augmentation, then mixing. What is drawn depends on the
/// seed, the epoch and the row alone, so a resumed run draws the same, whatever its batches.
///
/// Classes are mixed as rows of probabilities: λ of the one and 1 − λ of the other.
final class BatchTransform {
  private let augmentation: [any Augmentation]
  private let mixup: Mixup?
  private let samples: Samples
  private let image: (channels: Int, height: Int, width: Int)
  private let key: RandomKey
  private let inputSize, targetSize: Int
  // What a row is mixed with, and what images are changed in.
  private let other: UnsafeMutableBufferPointer<Float>
  private let spare: UnsafeMutableBufferPointer<Float>

  /// Nil where there is nothing to do.
  ///
  /// - Throws: `SettingError` for a setting out of its range or too large for the images, ``TrainingError`` for inputs that are no
  ///   images and targets that cannot be mixed.
  init?(_ augmentation: [any Augmentation], _ mixup: Mixup?, _ samples: Samples, seed: UInt64) throws {
    if augmentation.isEmpty, mixup == nil { return nil }
    let row = Array(samples.inputs.shape.dropFirst())
    image = row.count == 3 ? (row[0], row[1], row[2]) : row.count == 2 ? (1, row[0], row[1]) : (1, 1, 1)
    inputSize = row.reduce(1, *)
    targetSize = samples.targets.shape.dropFirst().reduce(1, *)
    try Self.check(augmentation, samples, image)
    try mixup?.validateSettings()
    if mixup != nil, samples.inputs.dtype != .float32 || samples.targets.dtype != .float32 {
      throw TrainingError(
        "Mixup mixes inputs and targets in float32; these are \(samples.inputs.dtype) and \(samples.targets.dtype).")
    }
    self.augmentation = augmentation
    self.mixup = mixup
    self.samples = samples
    key = RandomKey(seed: seed).folding("augmentation")
    other = .allocate(capacity: inputSize)
    spare = .allocate(capacity: inputSize)
    other.initialize(repeating: 0)
    spare.initialize(repeating: 0)
  }

  deinit {
    other.deallocate()
    spare.deallocate()
  }

  private static func check(
    _ augmentation: [any Augmentation], _ samples: Samples, _ image: (channels: Int, height: Int, width: Int)
  ) throws {
    for step in augmentation {
      try step.validateSettings()
      guard samples.inputs.rank == 3 || samples.inputs.rank == 4, samples.inputs.dtype == .float32 else {
        throw TrainingError(
          "Augmentation takes float32 images of [rows, height, width] or [rows, channels, height, width], not "
            + "\(samples.inputs.dtype)\(samples.inputs.shape). Reshape them, and let the network begin with Flatten() if need be."
        )
      }
      try step.check(height: image.height, width: image.width)
    }
  }

  /// Changes rows that were copied to `inputs` and `targets`.
  func apply(
    epoch: Int, _ rows: ArraySlice<Int32>, inputs: UnsafeMutableRawPointer, targets: UnsafeMutableRawPointer
  ) {
    let inputs = inputs.assumingMemoryBound(to: Float.self)
    let epochKey = key.folding(UInt64(epoch))
    for (place, row) in rows.enumerated() {
      let input = UnsafeMutableBufferPointer(start: inputs + place * inputSize, count: inputSize)
      augment(input, Int(row), epochKey)
      if let mixup {
        let target = targets.assumingMemoryBound(to: Float.self) + place * targetSize
        mix(input, UnsafeMutableBufferPointer(start: target, count: targetSize), Int(row), mixup, epochKey)
      }
    }
  }

  private func augment(_ scalars: UnsafeMutableBufferPointer<Float>, _ row: Int, _ key: RandomKey) {
    if augmentation.isEmpty { return }
    var draws = RandomDraws(seed: key.folding(UInt64(row)).seed)
    let image = AugmentedImage(
      channels: image.channels, height: image.height, width: image.width, scalars: scalars, spare: spare)
    for step in augmentation { step.apply(to: image, draws: &draws) }
  }

  private func mix(
    _ input: UnsafeMutableBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, _ row: Int, _ mixup: Mixup,
    _ key: RandomKey
  ) {
    var draws = RandomDraws(seed: key.folding("mixup").folding(UInt64(row)).seed)
    let (partner, share) = mixup.draw(from: samples.count, &draws)
    other.baseAddress?.update(from: scalars(samples.inputs, partner, inputSize), count: inputSize)
    augment(other, partner, key)
    for i in input.indices { input[i] = share * input[i] + (1 - share) * other[i] }
    let otherTarget = scalars(samples.targets, partner, targetSize)
    for i in target.indices { target[i] = share * target[i] + (1 - share) * otherTarget[i] }
  }

  /// The scalars of one row.
  private func scalars(_ tensor: Tensor, _ row: Int, _ size: Int) -> UnsafePointer<Float> {
    UnsafePointer(tensor.buffer.address.assumingMemoryBound(to: Float.self) + row * size)
  }
}

extension Samples {
  /// The same with targets that can be mixed: where the loss takes classes, 1 for the class of each row and 0 for the others.
  ///
  /// - Parameter classes: how many outputs the network has.
  /// - Throws: ``TrainingError`` for a loss that takes nothing but whole classes.
  func mixable(for loss: any Loss, classes: Int) throws -> Samples {
    guard type(of: loss).targets == .classes else { return self }
    guard loss.ofProbabilities != nil else {
      throw TrainingError(
        "Mixup gives a row two classes by parts, and \(type(of: loss).kind) takes one. Use a loss that takes parts, such "
          + "as \(CrossEntropy.kind).")
    }
    let rows = oneHot(targets, like: .zeros([count, classes]))
    return try Samples(inputs: inputs, targets: rows, weights: weights)
  }
}
