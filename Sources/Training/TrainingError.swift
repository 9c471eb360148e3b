/// A training run that cannot begin or go on: what is wrong, where, and what would be right.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  public let description: String
  package init(_ description: String) { self.description = description }
}
