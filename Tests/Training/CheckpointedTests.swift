import GliaGraph
import GliaNeuralNetworks
import GliaTensors
import GliaTraining
import Testing

@Suite("Gradient checkpointing")
struct CheckpointedTests {
  /// Sixteen layers of 32 features, in eight blocks.
  private func network(width: Int = 32) -> Sequential {
    let blocks = (0..<8).map { _ -> any Module in
      let layers = (0..<2).flatMap { layer -> [any Module] in
        [Linear(width, width), layer % 2 == 0 ? Tanh() as any Module : LayerNorm(width), Dropout(0.1)]
      }
      return Checkpointed(layers)
    }
    return Sequential(blocks + [Linear(width, 1)])
  }

  private func step(_ net: Sequential) throws -> TrainingStep {
    try TrainingStep(net, loss: .meanSquaredError, optimizer: .adam(learningRate: 0.01), seed: 4)
  }

  /// The bytes of the arena by what the plan says of itself.
  private func arenaBytes(_ step: TrainingStep, _ x: Tensor, _ y: Tensor) throws -> Int {
    let words = try step.describe(x, y).split(separator: " ")
    return Int(words[1])!
  }

  private func samples(_ rows: Int) -> (Tensor, Tensor) {
    (.normal([rows, 32], key: RandomKey(seed: 1)), .normal([rows, 1], key: RandomKey(seed: 2)))
  }

  /// The same layers without blocks that are computed again, under the same names.
  private struct Plain: Container {
    static let kind = "plain"
    static let hyperparameters: [Hyperparameter] = []
    let body: Sequential
    var layers: [any Module] { body.layers }
    init(_ layers: [any Module]) { body = Sequential(layers) }
    init(_ settings: Settings) throws { self.init([]) }
    var settings: Settings { [:] }
    func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
  }

  private func pair() throws -> (again: Sequential, kept: Sequential) {
    let again = network()
    let kept = Sequential(
      network().layers.map { ($0 as? Checkpointed).map { Plain($0.layers) } ?? $0 })
    return (again, kept)
  }

  @Test("Activations that are computed again give the same weights, bit for bit, in a smaller arena")
  func arena() throws {
    let (again, kept) = try pair()
    let (x, y) = samples(256)
    let (first, second) = (try step(again), try step(kept))
    for _ in 0..<5 { #expect(try first(x, y) == second(x, y)) }
    for (a, b) in zip(again.namedParameters, kept.namedParameters) {
      #expect(a.name == b.name && a.parameter.value.doubles == b.parameter.value.doubles, "\(a.name)")
    }
    let (small, large) = (try arenaBytes(first, x, y), try arenaBytes(second, x, y))
    // Sixteen layers' activations against eight blocks' inputs and the layers of one.
    #expect(3 * small < 2 * large, "\(small) against \(large) bytes")
  }

  @Test("What a body reads from outside gets its gradient, and a body that reads nothing of x is left alone")
  func outside() {
    let x = Tensor([0.3, -0.7, 1.1])
    let w = Tensor([2, 3, -1])
    func slopes(_ wrap: (Tensor, (Tensor) -> Tensor) -> Tensor) -> [[Double]] {
      let (_, found) = valueAndGradient(at: [x, w]) { given in
        let twice = given[1] * 2.0
        return wrap(given[0].exp()) { ($0 * twice).sin() * given[1] }.sum() + twice.sum()
      }
      return found.map(\.doubles)
    }
    #expect(slopes { checkpointed($0, $1) } == slopes { $1($0) })
    #expect(checkpointed(x) { _ in w * 2.0 }.doubles == [4, 6, -2])
  }

  @Test("A network of checkpointed layers is saved and read again as what it is")
  func described() throws {
    let net = Sequential {
      Checkpointed {
        Linear(3, 2); Tanh()
      }
    }
    let again = try Sequential(net.settings)
    #expect(again.layers[0] is Checkpointed)
  }
}
