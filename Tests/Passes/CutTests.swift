import GliaGraph
import GliaPasses
import Testing

@Suite("How groups are cut into rows and columns")
struct CutTests {
  private func input(_ shape: Shape) -> Node { .make(Input("x", TensorType(shape, .float32))) }

  private func groups(_ inputs: [Node], _ output: Node) -> [Group] {
    fuse(simplify(Graph(inputs: inputs, outputs: [output])))
  }

  @Test("What is spread over the first axes is a row for all, what is spread over the last a column")
  func elementwise() {
    let (x, plane, image) = (input([2, 3, 5]), input([3, 5]), input([2, 1, 1]))
    let overFirst = groups([x, plane], x + .broadcast(plane, x.shape))
    #expect(overFirst.map { [$0.rows, $0.columns] } == [[2, 15]])
    let overLast = groups([x, image], x + .broadcast(image, x.shape))
    #expect(overLast.map { [$0.rows, $0.columns] } == [[2, 15]])
  }

  @Test("Of a view that no kernel reads where it lies, a row, a column or all of it is copied")
  func copies() {
    let channel = View(of: .broadcast(input([3, 1]), [2, 3, 5]))
    #expect(channel.copiedElements(rows: 6, columns: 5) == 6)
    #expect(channel.copiedElements(rows: 2, columns: 15) == 15)
    #expect(channel.copiedElements(rows: 5, columns: 6) == 30)
    let matrix = View(whole: input([6, 5]))
    #expect(matrix.copiedElements(rows: 6, columns: 5) == 0)
    let turned = View(of: .transpose(input([5, 6]), [1, 0]))
    #expect(turned.copiedElements(rows: 6, columns: 5) == 30)
    #expect(View(of: .broadcast(input([1]), [6, 5])).copiedElements(rows: 6, columns: 5) == 0)
    #expect(View(of: .broadcast(input([5]), [6, 5])).copiedElements(rows: 6, columns: 5) == 0)
  }

  @Test("A reduction of first and last axes goes through one and then the other, without a transpose")
  func reductions() {
    let x = input([2, 3, 4, 5])
    let graph = simplify(Graph(inputs: [x], outputs: [.make(Reduce(.sum, axes: [0, 2, 3]), x)]))
    #expect(graph.nodes.map(\.primitive.name).filter { $0 != "input" } == ["reduce", "reduce"])
    #expect(graph.outputs.map(\.shape) == [[1, 3, 1, 1]])
    let middle = simplify(Graph(inputs: [x], outputs: [.make(Reduce(.sum, axes: [1]), x)]))
    #expect(middle.nodes.contains { $0.primitive is Transpose })
  }

  @Test("Windows are a view: between windows their stride, within them their dilation")
  func windows() {
    let layout = WindowLayout(axes: [1], sizes: [3], strides: [2], dilations: [4])
    let view = View(of: .make(Windows(layout), input([2, 11])))
    #expect(view.shape == [2, 2, 3])
    #expect(view.strides == [11, 2, 4])
    #expect(!layout.isDisjoint)
    #expect(WindowLayout(axes: [1], sizes: [2], strides: [3], dilations: [2]).isDisjoint)
  }
}
