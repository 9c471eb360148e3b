import GliaFormats
import GliaNeuralNetworks
import GliaTables
import GliaTensors

/// The values that tuning draws from, one range for each setting that it may change.
///
///     var space = TuningSpace.default
///     space["learning-rate"] = .numbers(0.0005...0.01, .logarithmic)
///     space["hidden"] = .choices([[64, 32], [128, 64]])
///     space["dropout"] = nil                            // stays as the recipe has it
public struct TuningSpace: Sendable, Hashable {
  /// What a setting may be in a trial.
  public enum Range: Sendable, Hashable {
    /// Any number between the two, each as likely as any other; by its logarithm where it says so, so that as many fall between
    /// 0.001 and 0.01 as between 0.01 and 0.1. Drawn numbers have three digits.
    case numbers(ClosedRange<Double>, Spacing = .linear)
    /// Whole numbers, the two ends among them.
    case integers(ClosedRange<Int>, Spacing = .linear)
    /// One of these, each as likely as any other.
    case choices([Setting])
  }

  /// What is spread evenly: the numbers or their logarithms.
  public enum Spacing: String, Sendable, Hashable { case linear, logarithmic }

  /// By name, in the order in which they were declared.
  public private(set) var ranges: [(name: String, range: Range)] = []

  public init() {}

  /// The range of a setting; nil where it stays as the recipe has it.
  public subscript(name: String) -> Range? {
    get { ranges.first { $0.name == name }?.range }
    set {
      let place = ranges.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let range?): ranges[place].range = range
      case (let place?, nil): ranges.remove(at: place)
      case (nil, let range?): ranges.append((name, range))
      case (nil, nil): break
      }
    }
  }

  public static func == (a: TuningSpace, b: TuningSpace) -> Bool {
    a.ranges.elementsEqual(b.ranges) { $0.name == $1.name && $0.range == $1.range }
  }
  public func hash(into hasher: inout Hasher) { for range in ranges { hasher.combine(range.name) } }

  /// What is tuned where nothing is said: how large the steps are, what holds the network back, its size, and what becomes of
  /// numbers.
  public static let `default`: TuningSpace = {
    var space = TuningSpace()
    space["learning-rate"] = .numbers(0.0005...0.01, .logarithmic)
    space["weight-decay"] = .numbers(0.001...1, .logarithmic)
    space["dropout"] = .numbers(0...0.4)
    space["hidden"] = .choices([[64, 32], [128, 64], [256, 128], [128, 64, 32], [256, 128, 64]])
    space["activation"] = .choices(["relu", "silu"])
    space["bins"] = .choices([0, 6, 16, 32, 64])
    space["bin-edges"] = .choices(["quantile", "tree"])
    space["scaling"] = .choices(["standard", "robust", "quantile"])
    space["embedding"] = .choices([.part("none"), .part(PartDescription("periodic", ["deviation": 0.1]))])
    space["linear-part"] = .choices([false, true])
    return space
  }()

  /// - Throws: `SettingError` for a name that there is not, a range without a value, or a value that the setting does not take.
  public func check() throws {
    guard !ranges.isEmpty else { throw SettingError("There is nothing to tune: declare a range.") }
    for (name, range) in ranges {
      let setting = try TableSetting.named(name)
      switch range {
      case .numbers(let numbers, let spacing):
        try TuningSpace.checkEnds(numbers.lowerBound, numbers.upperBound, spacing, name)
        try setting.check(.number(numbers.lowerBound))
        try setting.check(.number(numbers.upperBound))
        if case .integer = setting.values { throw SettingError("\(name) takes whole numbers.") }
      case .integers(let integers, let spacing):
        try TuningSpace.checkEnds(Double(integers.lowerBound), Double(integers.upperBound), spacing, name)
        try setting.check(.number(Double(integers.lowerBound)))
        try setting.check(.number(Double(integers.upperBound)))
      case .choices(let choices):
        if choices.isEmpty { throw SettingError("\(name) has no value to choose from.") }
        for choice in choices { try setting.check(choice) }
        if Set(choices).count < choices.count {
          throw SettingError("\(name) has a value twice: \(choices.map(\.description).joined(separator: ", ")).")
        }
      }
    }
  }

  private static func checkEnds(_ low: Double, _ high: Double, _ spacing: Spacing, _ name: String) throws {
    guard low.isFinite, high.isFinite else { throw SettingError("\(name): the ends of a range are finite numbers.") }
    if spacing == .logarithmic, low <= 0 {
      throw SettingError(
        "\(name): a logarithmic range is of numbers above 0; this one begins with \(Setting.plain(low)).")
    }
  }

  /// The settings of a trial. Each depends on the seed, the trial and its own range alone.
  func settings(ofTrial trial: Int, seed: UInt64) -> Settings {
    let key = RandomKey(seed: seed).folding("trials").folding(UInt64(trial))
    var settings = Settings()
    for (name, range) in ranges {
      var generator = SplitMix64(seed: key.folding(name).seed)
      settings[name] = range.drawn(by: &generator)
    }
    return settings
  }
}

extension TuningSpace.Range {
  private static let steps = 100_000

  fileprivate func drawn(by generator: inout SplitMix64) -> Setting {
    switch self {
    case .choices(let choices): return choices[Int(generator.below(UInt64(choices.count)))]
    case .integers(let range, .linear):
      return .number(Double(range.lowerBound + Int(generator.below(UInt64(range.upperBound - range.lowerBound) + 1))))
    case .integers(let range, .logarithmic):
      // Rounded, so that both ends have their share.
      let drawn = number(Double(range.lowerBound), Double(range.upperBound), .logarithmic, &generator)
      return .number(min(max(drawn.rounded(), Double(range.lowerBound)), Double(range.upperBound)))
    case .numbers(let range, let spacing):
      let drawn = threeDigits(number(range.lowerBound, range.upperBound, spacing, &generator))
      return .number(min(max(drawn, range.lowerBound), range.upperBound))
    }
  }

  private func number(
    _ low: Double, _ high: Double, _ spacing: TuningSpace.Spacing, _ generator: inout SplitMix64
  ) -> Double {
    let share = Double(generator.below(UInt64(Self.steps) + 1)) / Double(Self.steps)
    return spacing == .linear ? low + share * (high - low) : geometricMean(low, high, share)
  }

  /// Rounded to three digits, by multiplication alone, so that it is the same number everywhere.
  private func threeDigits(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    var (scale, size) = (1.0, value.magnitude)
    while size < 100, scale < 1e15 { (scale, size) = (scale * 10, size * 10) }
    return size >= 1000 ? value : (value * scale).rounded() / scale
  }

  /// What a range says, as `glia tune --range` and a file of ranges have it.
  var json: JSONValue {
    switch self {
    case .numbers(let range, let spacing):
      .string(
        "\(Setting.plain(range.lowerBound)):\(Setting.plain(range.upperBound))" + (spacing == .linear ? "" : ":log"))
    case .integers(let range, let spacing):
      .string("\(range.lowerBound):\(range.upperBound)" + (spacing == .linear ? "" : ":log"))
    case .choices(let choices): .array(choices.map(\.json))
    }
  }
}

extension TuningSpace {
  var json: JSONValue {
    var object = JSONObject()
    for (name, range) in ranges { object[name] = range.json }
    return .object(object)
  }
}
