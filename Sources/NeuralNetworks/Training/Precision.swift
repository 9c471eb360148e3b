/// In which numbers matrix products read what they multiply. They always sum in float32, and nothing else is rounded.
///
/// bfloat16 is float32 without the lower 16 bits of its significand: the same range, 8 significant bits instead of 24, so that a
/// number is rounded by up to 1 part in 256 (Kalamkar et al. 2019, arXiv:1905.12322). It takes half the memory.
public enum Precision: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case float32, bfloat16

  public var description: String { rawValue }

  /// The precision of that name.
  ///
  /// - Throws: `SettingError` for any other.
  public static func named(_ name: String) throws -> Precision {
    if let precision = Precision(rawValue: name) { return precision }
    throw SettingError(
      "There is no precision '\(name)'. There are: \(allCases.map(\.rawValue).joined(separator: ", ")).")
  }
}
