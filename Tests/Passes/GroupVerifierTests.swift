import GliaGraph
import GliaTensors
import GliaTestSupport
import Testing

@testable import GliaPasses

@Suite("The rules of fused groups")
struct GroupVerifierTests {
  @Test("What fuse makes of random graphs keeps every rule, with variables that are read and updated among them")
  func random() throws {
    for seed in 0..<1000 as Range<UInt64> {
      var random = RandomGraph(seed: seed, dtype: .float32)
      let variables = ["a", "b"].map { Variable(TensorType(random.randomShape(), .float32), name: $0) }
      random.values = variables.map { Tensor(.make(Read($0))) }
      let outputs = random.build(operations: 14).map(\.node)
      let updates = variables.compactMap { variable in
        random.values.last { $0.node.type == variable.type }.map { Graph.Update(variable, $0.node) }
      }
      let graph = simplify(Graph(outputs: outputs, updates: updates))
      #expect(throws: Never.self, "seed \(seed)") { try graph.verify(fuse(graph)) }
    }
  }

  // ---- Groups that are broken by hand

  private static func input(_ name: String, _ shape: Shape, _ dtype: DType = .float32) -> Node {
    .make(Input(name, TensorType(shape, dtype)))
  }

  /// exp(x) over its sum along the row: one group of 4 rows and 3 columns with a level for each row.
  private static func softmax() -> (graph: Graph, e: Node, sum: Node, share: Node) {
    let x = input("x", [4, 3])
    let e = Node.make(Unary(.exp), x)
    let sum = Node.sum(e, [1])
    let share = e / .broadcast(sum, [4, 3])
    return (Graph(inputs: [x], outputs: [share]), e, sum, share)
  }

  /// tanh(x · w) and its sum over the rows: a product, what follows it, and an accumulated reduction.
  private static func layer() -> (graph: Graph, product: Node, tanh: Node, sum: Node) {
    let (x, w) = (input("x", [4, 3]), input("w", [3, 5]))
    let product = Node.make(MatrixProduct(), x, w)
    let tanh = Node.make(Unary(.tanh), product)
    let sum = Node.sum(tanh, [0])
    return (Graph(inputs: [x, w], outputs: [tanh, sum]), product, tanh, sum)
  }

  /// What the verifier says of a graph's groups when one thing about them has been changed.
  private static func verdict(_ graph: Graph, _ change: (inout [Group]) -> Void) -> String {
    var groups = fuse(graph)
    change(&groups)
    do { try graph.verify(groups) } catch { return error.description }
    return "accepted"
  }

  @Test("The groups that the others break are accepted as they are")
  func accepted() {
    for graph in [Self.softmax().graph, Self.layer().graph] {
      #expect(fuse(graph).map(\.members.count) == [3])
      #expect(Self.verdict(graph) { _ in } == "accepted")
    }
  }

  @Test("A node that nobody computes")
  func missing() {
    let (graph, _, _, share) = Self.softmax()
    let verdict = Self.verdict(graph) { $0[0].members.removeAll { $0 === share } }
    #expect(verdict == "After fuse, 'divide' of float32[4, 3] is in no group.")
  }

  @Test("A node that two groups compute")
  func twice() {
    let (graph, e, _, _) = Self.softmax()
    #expect(Self.verdict(graph) { $0.append(Group(single: e)) }.contains("'exp' of float32[4, 3] is in a group twice"))
  }

  @Test("A source, or a view, as a member")
  func noWork() {
    let (graph, _, sum, _) = Self.softmax()
    for node in [graph.inputs[0], .broadcast(sum, [4, 3])] {
      #expect(Self.verdict(graph) { $0.append(Group(single: node)) }.contains("nothing there has to compute it"))
    }
  }

  @Test("Two nodes in a group that is not fused")
  func single() {
    let x = Self.input("x", [4])
    let (a, b) = (Node.make(Gather(axis: 0), x, Self.input("i", [2], .int64)), -x)
    let graph = Graph(outputs: [a, b])
    let verdict = Self.verdict(graph) { groups in
      groups = [Group(single: a)]
      groups[0].members.append(b)
    }
    #expect(verdict.contains("shares a group that is not fused"))
  }

  @Test("A member of another type of arithmetic")
  func arithmetic() {
    let (x, y) = (Self.input("x", [4]), Self.input("y", [4], .float64))
    let (a, b) = (-x, -y)
    let verdict = Self.verdict(Graph(outputs: [a, b])) { groups in
      groups = [Group(a, .full, computes: .float32, rows: 1, columns: 4, isFlexible: true)]
      groups[0].members.append(b)
      groups[0].levels[b] = .full
    }
    #expect(verdict == "After fuse, 'negate' of float64[4] cannot be computed in the float32 of its group.")
  }

  @Test("A second product")
  func products() {
    let (x, w, v) = (Self.input("x", [4, 3]), Self.input("w", [3, 5]), Self.input("v", [3, 5]))
    let (a, b) = (Node.make(MatrixProduct(), x, w), Node.make(MatrixProduct(), x, v))
    let verdict = Self.verdict(Graph(outputs: [a + b])) { groups in
      let first = groups.first { $0.head === a }!
      let second = groups.first { $0.head === b }!
      first.members = [a, b] + first.members.filter { $0 !== a && $0 !== b }
      first.members += second.members.filter { !first.members.contains($0) }
      for member in first.members { first.levels[member] = .full }
      groups = [first]
    }
    #expect(verdict == "After fuse, 'matrixProduct' of float32[4, 5] is the second product of its group.")
  }

  @Test("A product that is not the head, not one scalar an element, of other columns, or after what it reads")
  func product() {
    let (graph, product, tanh, _) = Self.layer()
    #expect(Self.verdict(graph) { $0[0].head = nil }.contains("head is no product"))
    #expect(Self.verdict(graph) { $0[0].head = tanh }.contains("head is no product"))
    #expect(Self.verdict(graph) { $0[0].levels[product] = .row }.contains("is a product that is not one scalar"))
    #expect(Self.verdict(graph) { ($0[0].rows, $0[0].columns) = (5, 4) }.contains("not the 4 columns of its group"))
    let (x, w) = (Self.input("x", [4, 3]), Self.input("w", [3, 3]))
    let exp = Node.make(Unary(.exp), x)
    let late = Node.make(MatrixProduct(), exp, w)
    let verdict = Self.verdict(Graph(outputs: [late])) { groups in
      groups = groups.filter { $0.head === late }
      groups[0].members = [exp, late]
      groups[0].levels[exp] = .full
    }
    #expect(verdict.contains("'matrixProduct' of float32[4, 3] reads its own group"))
  }

  @Test("An accumulated value that its own group reads")
  func accumulated() {
    let x = Self.input("x", [4, 3])
    let sum = Node.sum(x, [0])
    let difference = x - .broadcast(sum, [4, 3])
    let graph = Graph(outputs: [difference])
    let verdict = Self.verdict(graph) { groups in
      groups = [groups[0]]
      groups[0].members.append(difference)
      groups[0].levels[difference] = .full
    }
    #expect(verdict.contains("'subtract' of float32[4, 3] reads what its own group accumulates"))
  }

  @Test("Rows and columns that are not those of the members")
  func sizes() {
    let (graph, e, sum, _) = Self.softmax()
    let whole = Self.verdict(graph) { $0[0].columns = 4 }
    #expect(whole == "After fuse, 'exp' of float32[4, 3] is one scalar an element in a group of 4 rows and 4 columns.")
    #expect(Self.verdict(graph) { $0[0].levels[e] = .row }.contains("one scalar a row in a group of 4 rows"))
    #expect(Self.verdict(graph) { $0[0].levels[sum] = .full }.contains("a reduction at the level of whole rows"))
    #expect(Self.verdict(graph) { ($0[0].rows, $0[0].columns) = (2, 6) }.contains("is one scalar a row"))
    #expect(Self.verdict(graph) { $0[0].levels[e] = nil }.contains("no level"))
    #expect(Self.verdict(graph) { $0[0].levels[e] = .accumulated }.contains("accumulated and no reduction"))
    let (layer, _, _, total) = Self.layer()
    #expect(Self.verdict(layer) { $0[0].levels[total] = .row }.contains("one scalar a row"))
  }

  @Test("A reduction of other axes than the group is cut along")
  func axes() {
    // As many rows as columns, so that the number of scalars alone does not tell.
    let x = Self.input("x", [3, 3])
    let (along, across) = (Node.sum(x, [1]), Node.sum(x, [0]))
    #expect(
      Self.verdict(Graph(outputs: [along])) { $0[0].levels[along] = .accumulated }.contains("reduces other axes"))
    #expect(Self.verdict(Graph(outputs: [across])) { $0[0].levels[across] = .row }.contains("reduces other axes"))
    let wide = Node.sum(Self.input("y", [2, 12]), [1])
    #expect(Self.verdict(Graph(outputs: [wide])) { $0[0].columns = 6 }.contains("reduces [2, 12] in a group of 2 rows"))
  }

  @Test("A member before what it reads")
  func memberOrder() {
    #expect(
      Self.verdict(Self.softmax().graph) { $0[0].members.swapAt(0, 1) }.contains("comes before what it reads in its"))
  }

  @Test("A member that reads other elements of its group than its own")
  func alignment() {
    let x = Self.input("x", [3, 3])
    let exp = Node.make(Unary(.exp), x)
    let turned = Node.make(Unary(.tanh), exp.matrixTransposed)
    /// Two nodes put into the group of the first.
    func joined(_ first: Node, _ second: Node, _ level: Group.Level) -> String {
      Self.verdict(Graph(outputs: [first, second])) { groups in
        groups = [groups.first { $0.members.contains(first) }!]
        groups[0].members = [first, second]
        groups[0].levels[second] = level
        groups[0].order = 0
      }
    }
    #expect(joined(exp, turned, .full).contains("reads other elements of its group than its own"))
    let sum = Node.sum(x, [1])
    let column = x - .broadcast(.reshape(sum, [1, 3]), [3, 3])
    #expect(joined(sum, column, .full).contains("reads other rows of its group than its own"))
    let firstRow = Node.make(Slice(starts: [0, 0], ends: [1, 1], steps: [1, 1]), sum)
    #expect(
      joined(sum, x - .broadcast(firstRow, [3, 3]), .full).contains("reads other rows of its group than its own"))
    let flipped = -Node.make(Flip(axes: [0]), sum)
    #expect(joined(sum, flipped, .row).contains("reads other rows of its group than its own"))
    let tall = Self.input("z", [3, 1])
    let start = Node.make(Unary(.exp), tall)
    #expect(
      joined(start, Node.make(Unary(.tanh), start), .row).contains("is one scalar a row, but reads one an element"))
  }

  @Test("A group before one whose memory it reads, and a place that is not the order's")
  func order() {
    let x = Self.input("x", [4, 3])
    let sum = Node.sum(x, [0])
    let graph = Graph(outputs: [x - .broadcast(sum, [4, 3])])
    let verdict = Self.verdict(graph) { groups in
      groups.reverse()
      for (place, group) in groups.enumerated() { group.order = place }
    }
    #expect(verdict.contains("'subtract' of float32[4, 3] is in a group that runs before one whose memory it reads"))
    #expect(Self.verdict(graph) { $0.reverse() }.contains("does not stand where its order says"))
  }

  @Test("An update before a group that reads the old value, unless that cannot come first")
  func updates() {
    let (a, b) = (Variable(TensorType([4], .float32), name: "a"), Variable(TensorType([4], .float32), name: "b"))
    let (first, second) = (Node.make(Read(a)), Node.make(Read(b)))
    func turned(_ groups: inout [Group]) {
      groups.reverse()
      for (place, group) in groups.enumerated() { group.order = place }
    }
    let graph = Graph(outputs: [.make(Unary(.exp), first)], updates: [.init(a, first + 1)])
    #expect(fuse(graph).count == 2)
    #expect(Self.verdict(graph) { _ in } == "accepted")
    #expect(Self.verdict(graph, turned).contains("'exp' of float32[4] is in a group that reads 'a' after it has been"))
    // Each of two groups reads what the other updates: either may come first.
    let circle = Graph(outputs: [], updates: [.init(a, second + 1), .init(b, first * 2)])
    #expect(fuse(circle).count == 2)
    #expect(Self.verdict(circle) { _ in } == "accepted")
    #expect(Self.verdict(circle, turned) == "accepted")
    // What reads the old value also needs the new one.
    let new = first + 1
    let after = Graph(outputs: [.make(CumulativeSum(axis: 0), new) + first], updates: [.init(a, new)])
    #expect(Self.verdict(after) { _ in } == "accepted")
  }

  /// exp(x) as float64: the conversion is made where exp(x) is stored.
  private static func converted() -> (graph: Graph, exp: Node, cast: Node) {
    let x = input("x", [4, 3])
    let exp = Node.make(Unary(.exp), x)
    let cast = Node.cast(exp, .float64)
    return (Graph(inputs: [x], outputs: [cast]), exp, cast)
  }

  @Test("A conversion of a member is made by its store, and is of a member that is there element for element")
  func casts() {
    let (graph, exp, cast) = Self.converted()
    let groups = fuse(graph)
    #expect(groups.count == 1 && groups[0].members == [exp] && groups[0].casts == [cast])
    #expect(Self.verdict(graph) { _ in } == "accepted")
    #expect(Self.verdict(graph) { $0[0].casts.append(cast) }.contains("in a group twice"))
    #expect(Self.verdict(graph) { $0[0].casts = [] }.contains("in no group"))
    #expect(Self.verdict(graph) { $0[0].levels[exp] = .accumulated }.contains("accumulated"))
    let moved = Group(single: exp)
    #expect(
      Self.verdict(graph) { groups in
        moved.order = 0
        groups[0].members = []
        groups[0].levels = [:]
        groups[0].order = 1
        groups.insert(moved, at: 0)
      }.contains("no conversion"))
  }
}
