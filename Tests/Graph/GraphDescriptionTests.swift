import GliaGraph
import Testing

/// A use of a primitive, with operands that it takes.
private struct Example {
  let primitive: any Primitive
  let operands: [TensorType]
  init(_ primitive: any Primitive, _ operands: TensorType...) {
    self.primitive = primitive
    self.operands = operands
  }
}

@Suite("Primitives as plain data")
struct PrimitiveCatalogTests {
  private static let matrix = TensorType([2, 3], .float32)
  private static let mask = TensorType([2, 3], .bool)
  private static let codes = TensorType([4], .int64)
  private static let windows = WindowLayout(axes: [1], sizes: [2], strides: [1], dilations: [1])

  /// One use of each name at least.
  private let examples: [Example] =
    Unary.Operation.allCases.map { Example(Unary($0), $0 == .not ? mask : matrix) }
    + Binary.Operation.allCases.map {
      let type = [.and, .or].contains($0) ? mask : matrix
      return Example(Binary($0), type, type)
    } + Reduce.Operation.allCases.map { Example(Reduce($0, axes: [1, 0]), matrix) } + [
      Example(Select(), mask, matrix, matrix), Example(Cast(.int32), matrix), Example(StopGradient(), matrix),
      Example(Fill(-.infinity, matrix)), Example(Fill(.nan, matrix)), Example(Fill(-0.0, matrix)),
      Example(Iota(axis: 1, matrix)), Example(Reshape([3, 2]), matrix), Example(Transpose([1, 0]), matrix),
      Example(Broadcast([5, 2, 3]), matrix), Example(Slice(starts: [0, 1], ends: [2, 3], steps: [1, 2]), matrix),
      Example(Pad(low: [1, 0], high: [0, 2], value: 0.5), matrix), Example(Concatenate(axis: 1), matrix, matrix),
      Example(Flip(axes: [1]), matrix), Example(Windows(windows), matrix),
      Example(OverlapAdd(windows, lengths: [3]), TensorType([2, 2, 2], .float32)),
      Example(MatrixProduct(), matrix, TensorType([3, 4], .float32)),
      Example(ArgMax(axis: 1), matrix), Example(CumulativeSum(axis: 0, reversed: true), matrix),
      Example(Gather(axis: 1), matrix, codes),
      Example(ScatterAdd(axis: 1, size: 9), TensorType([2, 4], .float64), codes),
      Example(ArgSort(axis: 0, descending: true), matrix),
      Example(RandomUniform(matrix, stream: .max), TensorType([2], .int64)), Example(After(), matrix, mask),
    ]

  @Test("Every primitive of the catalog comes back from its name and attributes, and no name is taken twice")
  func roundTrip() throws {
    let names = PrimitiveCatalog.rows.flatMap { $0.names }
    #expect(Set(names).count == names.count)
    #expect(Set(examples.map(\.primitive.name)) == Set(names), "an example is missing")
    for example in examples {
      let (name, attributes) = (example.primitive.name, example.primitive.attributes)
      let again = try PrimitiveCatalog.make(name, attributes)
      #expect(type(of: again) == type(of: example.primitive))
      #expect(again.name == name)
      #expect(again.attributes == attributes)
      #expect(try again.resultType(example.operands) == example.primitive.resultType(example.operands))
    }
  }

  @Test("Zeros of both signs are two numbers, and NaN is itself")
  func numbers() throws {
    let negative = Fill(-0.0, Self.matrix).attributes
    #expect(negative != Fill(0, Self.matrix).attributes)
    #expect(try (PrimitiveCatalog.make("fill", negative) as? Fill)?.value.sign == .minus)
    #expect(Fill(.nan, Self.matrix).attributes == Fill(.nan, Self.matrix).attributes)
  }

  @Test("An unknown primitive, and attributes that are missing, unknown or of another kind, are errors that name them")
  func unknown() {
    func message(_ name: String, _ attributes: Attributes<Int>) -> String {
      do { _ = try PrimitiveCatalog.make(name, attributes) } catch { return error.description }
      return "none"
    }
    #expect(message("dense", [:]) == "There is no primitive 'dense'.")
    #expect(message("gather", [:]) == "gather: 'axis' is missing.")
    #expect(message("gather", ["axis": .text("0")]) == "gather: 'axis' should be a whole number.")
    #expect(message("gather", ["axis": .size(0), "size": .size(1)]) == "gather: it has no attribute 'size'.")
    #expect(message("exp", ["axis": .size(0)]) == "exp: it has no attribute 'axis'.")
    #expect(message("cast", ["dtype": .text("float8")]).contains("float32"))
    #expect(message("reduce", ["operation": .text("mean"), "axes": .sizes([0])]).contains("'mean'"))
    #expect(message("fill", ["value": .size(1), "shape": .sizes([]), "dtype": .text("float32")]).contains("a number"))
  }

  @Test("No shape rule traps, whatever the attributes and the operands")
  func hostile() {
    let seed: UInt64 = 41
    var numbers = SeededSizes(state: seed)
    var accepted = 0
    for _ in 0..<20_000 {
      let example = examples.randomElement(using: &numbers)!
      let attributes = try! example.primitive.attributes.mapSizes { (_, size) throws(GraphError) in
        numbers.next() % 2 == 0 ? size : numbers.size()
      }
      let operands = example.operands.map { numbers.next() % 2 == 0 ? $0 : numbers.type() }
      guard let primitive = try? PrimitiveCatalog.make(example.primitive.name, attributes),
        let nodes = try? operands.map({ try Node(Input("x", $0), []) }), let node = try? Node(primitive, nodes)
      else { continue }
      accepted += 1
      #expect(node.shape.allSatisfy { $0 >= 0 } && node.type.countedBytes != nil, "seed \(seed): \(primitive)")
    }
    #expect(accepted > 1_000, "seed \(seed)")
  }

  @Test("Sizes that cannot be counted are errors")
  func sizes() {
    let half = Int.max / 2 + 1
    func fails(_ primitive: any Primitive, _ operands: TensorType...) -> Bool {
      do { _ = try Node(primitive, operands.map { try Node(Input("x", $0), []) }) } catch { return true }
      return false
    }
    let float = { (shape: Shape) in TensorType(shape, .float32) }
    #expect(fails(Fill(0, float([half, 2]))))
    #expect(fails(Fill(0, float([half, half, 0]))))
    #expect(fails(Fill(0, float([-1]))))
    #expect(fails(Reshape([half, half, 2]), float([2])))
    #expect(fails(Reshape([-2, -3]), float([6])))
    #expect(fails(Broadcast([-5]), float([1])))
    #expect(fails(Pad(low: [half], high: [half], value: 0), float([1])))
    #expect(fails(Concatenate(axis: 0), TensorType([half, 0], .bool), TensorType([half, 0], .bool)))
    #expect(fails(ScatterAdd(axis: 0, size: -1), float([2]), TensorType([2], .int32)))
    #expect(fails(ScatterAdd(axis: .max, size: 1), float([2]), TensorType([2], .int32)))
    #expect(!fails(Slice(starts: [0], ends: [2], steps: [.max]), float([2])))
  }
}

@Suite("Graphs as plain data")
struct GraphDescriptionTests {
  private func description(_ row: Shape = [4], _ function: (Node) -> Node) throws -> GraphDescription {
    try GraphDescription(row: TensorType(row, .float32), parameters: [], tracing: function)
  }

  private func message(_ function: (Node) -> Node) -> String {
    do { _ = try description([4], function) } catch { return "\(error)" }
    return "none"
  }

  @Test("Sizes that are a multiple of the rows follow the rows, others stay")
  func rows() throws {
    let graph = try description { x in
      let flat = Node.reshape(x, [x.shape[0] * 4])
      return .reshape(.make(Slice(starts: [0], ends: [x.shape[0] * 2], steps: [1]), flat), [x.shape[0], 2])
    }
    #expect(
      graph.steps == [
        .input, .primitive("reshape", ["shape": .sizes([.rows(4)])], operands: [0]),
        .primitive(
          "slice", ["starts": .sizes([.fixed(0)]), "ends": .sizes([.rows(2)]), "steps": .sizes([.fixed(1)])],
          operands: [1]),
        .primitive("reshape", ["shape": .sizes([.rows(1), .fixed(2)])], operands: [2]),
      ])
    #expect(try graph.check(memory: 1 << 30) == TensorType([2], .float32))
    for rows in [0, 1, 5] {
      let nodes = try graph.nodes(of: .make(Input("x", TensorType([rows, 4], .float32)))) { _ in fatalError() }
      #expect(nodes.last!.shape == [rows, 2])
    }
  }

  @Test("A graph that depends on the rows in another way is refused, with what depends on them")
  func otherWays() {
    #expect(message { x in x * (1 / Double(x.shape[0])) }.contains("fill: 'value' depends on how many rows"))
    #expect(message { x in .make(Slice(starts: [1, 0], ends: x.shape.dimensions, steps: [1, 1]), x) } == "none")
    #expect(
      message { x in .make(Slice(starts: [0, 0], ends: [x.shape[0] - 1, 4], steps: [1, 1]), x) }.contains("'ends'"))
    // A multiple for the second number of rows, and near it for the first.
    #expect(message { x in .fill(0, TensorType([x.shape[0] > 1010 ? 1013 : 1014], .float32)) }.contains("'shape'"))
    #expect(message { x in x.shape[0] > 1010 ? -x : x }.contains("1 operations for 1009 rows and 2 for 1013"))
    #expect(message { x in .make(Unary(x.shape[0] > 1010 ? .sin : .cos), x) }.contains("'cos', the other 'sin'"))
    #expect(
      message { x in x + .constant(.init(repeating: 1, count: x.shape.elementCount), x.type) }.contains("stretch"))
    #expect(
      message { x in x + .make(Read(Variable(x.type, name: "w"))) }.contains("not found in its stored properties"))
    #expect(message { x in x + .make(Input("other", x.type)) }.contains("'input'"))
  }

  @Test("A gradient of one's own is left out with what only it needs; stopped gradients stay")
  func gradients() throws {
    let graph = try description { x in
      .make(StopGradient(), .make(CustomGradient { [$0] }, -x, .make(Unary(.exp), x)))
    }
    #expect(
      graph.steps == [
        .input, .primitive("negate", [:], operands: [0]), .primitive("stopGradient", [:], operands: [1]),
      ])
  }

  @Test("Steps that cannot be are errors that name them")
  func hostile() throws {
    typealias Step = GraphDescription.Step
    func message(_ steps: [Step], constants: [GraphDescription.Constant] = [], row: Shape = [4]) -> String {
      let graph = GraphDescription(
        row: TensorType(row, .float32), parameters: [], constants: constants, steps: steps)
      do { return "\(try graph.check(memory: 1 << 30))" } catch { return "\(error)" }
    }
    func reshape(_ sizes: GraphDescription.Extent...) -> Step {
      .primitive("reshape", ["shape": .sizes(sizes)], operands: [0])
    }
    func fill(_ sizes: GraphDescription.Extent...) -> Step {
      .primitive("fill", ["value": .number(0), "shape": .sizes(sizes), "dtype": .text("float32")], operands: [])
    }
    #expect(message([]) == "The graph has no nodes.")
    #expect(message([.input]) == "float32[4]")
    #expect(message([.input, .parameter(0)]).contains("Node 1: There is no parameter 0"))
    #expect(message([.constant(-1)]).contains("no constant -1"))
    #expect(
      message([.input, .primitive("negate", [:], operands: [1])]).contains("operand 1 is not one of the 1 nodes before")
    )
    #expect(message([.input, .primitive("negate", [:], operands: [-1])]).contains("operand -1"))
    #expect(message([.input, .primitive("negate", [:], operands: [0, 0])]).contains("takes 1 operands, got 2"))
    #expect(message([.input, .primitive("add", [:], operands: [])]).contains("takes 2 operands, got 0"))
    #expect(message([.input, .primitive("spell", [:], operands: [0])]).contains("'spell'"))
    #expect(message([.input, reshape(.fixed(4))]).contains("first axis"))
    #expect(message([.input, reshape(.rows(.max), .fixed(4))]).contains("no number of them that can be counted"))
    #expect(message([.input, fill(.rows(1), .fixed(.max))]).contains("more elements than can be counted"))
    #expect(message([.input, fill(.rows(1), .fixed(1 << 40))]).contains("more memory"))
    #expect(message([.input, reshape(.rows(1), .rows(4))]).contains("Node 1"))
    #expect(message([fill(.rows(1), .rows(1))]).contains("depends on how many there are"))
    #expect(
      message([fill(.rows(1), .fixed(1), .fixed(1), .fixed(1), .fixed(1), .fixed(1), .fixed(1), .fixed(1), .fixed(1))])
        .contains("9 axes"))
    #expect(
      message([.input, .constant(0)], constants: [.init(type: TensorType([3], .float32), bytes: [0])]).contains(
        "has 1 bytes"))
    #expect(message([.input], row: [.max, 2]).contains("more elements"))
  }
}

/// Sizes as a hostile file has them: small ones, negative ones, and the greatest there are. SplitMix64.
private struct SeededSizes: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func size() -> Int {
    switch next() % 8 {
    case 0: Int(bitPattern: UInt(next()))
    case 1: [Int.max, .min, .max - 1, .max / 2 + 1, 1 << 31, 1 << 32, -1][Int(next() % 7)]
    default: Int(next() % 7) - 2
    }
  }

  mutating func type() -> TensorType {
    let shape = Shape((0..<Int(next() % 4)).map { _ in size() })
    return TensorType(shape, DType.allCases[Int(next() % 7)])
  }
}
