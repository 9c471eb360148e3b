import GliaGraph

/// What runs graphs.
package protocol Backend: Sendable {
  var name: String { get }
  /// Makes a graph ready to run, as often as wanted.
  func prepare(_ graph: Graph) -> any Executable
}

/// A graph that is ready to run: write the inputs, run, read the outputs. Updates go to their variables.
package protocol Executable: AnyObject, CustomStringConvertible {
  func inputAddress(_ index: Int) -> UnsafeMutableRawPointer
  /// From now on the input is read where it lies there, and not where ``inputAddress(_:)`` says. Nothing behind it is read.
  func readInput(_ index: Int, at address: UnsafeRawPointer)
  func run()
  func outputAddress(_ index: Int) -> UnsafeRawPointer
}
