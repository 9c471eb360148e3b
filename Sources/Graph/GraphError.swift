/// An operation that its operands do not allow: what was asked, with which shapes, and what would be right.
public struct GraphError: Error, Sendable, CustomStringConvertible {
  public let description: String
  package init(_ description: String) { self.description = description }
}
