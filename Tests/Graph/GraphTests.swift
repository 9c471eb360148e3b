import GliaGraph
import Testing

@Suite("Graphs")
struct GraphTests {
  private func input(_ name: String, _ shape: Shape, _ dtype: DType = .float32) -> Node {
    .make(Input(name, TensorType(shape, dtype)))
  }

  @Test("A graph prints one line a node, in an order that can be computed")
  func printing() {
    let x = input("x", [2, 3])
    let graph = Graph(inputs: [x], outputs: [.sum(x * x, [0, 1])])
    #expect(
      graph.description == """
        %0 = input (label=x) : float32[2, 3]
        %1 = multiply %0 %0 : float32[2, 3]
        %2 = reduce (operation=sum, axes=[0, 1]) %1 : float32[1, 1]
        return %2
        """)
  }

  @Test("A product whose inner sizes differ names both shapes and both sizes")
  func productError() {
    let error = #expect(throws: GraphError.self) {
      try Node(MatrixProduct(), [input("a", [2, 3]), input("b", [4, 5])])
    }
    #expect(
      error?.description
        == "matrixProduct: the inner sizes differ: [2, 3] has 3 columns, [4, 5] has 4 rows.")
  }

  @Test("Arithmetic on two types says how to convert")
  func typeError() {
    let error = #expect(throws: GraphError.self) {
      try Node(Binary(.add), [input("a", [2]), input("b", [2], .int32)])
    }
    #expect(error?.description.contains(".cast(to:)") == true)
  }

  @Test("The verifier names the pass after which an input is missing")
  func verifier() {
    let graph = Graph(outputs: [-input("x", [2])])
    let error = #expect(throws: GraphError.self) { try graph.verify(after: "simplify") }
    #expect(error?.description.contains("After simplify, input 'x'") == true)
  }

  @Test("A chain of a million nodes is freed without exhausting the stack")
  func longChain() {
    var node = input("x", [1])
    for _ in 0..<1_000_000 { node = .make(Unary(.negate), node) }
    #expect(node.shape == [1])
  }
}

@Suite("Scalars of 16 bits")
struct HalfPrecisionTests {
  @Test("Every float16 comes back from float32 as it was")
  func float16() {
    for bits in 0...UInt16.max {
      let value = HalfPrecision.fromFloat16(bits)
      if value.isNaN { continue }
      #expect(HalfPrecision.float16(value) == bits)
    }
  }

  @Test("float16 rounds to nearest, ties to even")
  func rounding() {
    #expect(HalfPrecision.float16(1 + 0x1p-11) == 0x3C00)  // halfway to the next: even stays
    #expect(HalfPrecision.float16(1 + 3 * 0x1p-11) == 0x3C02)
    #expect(HalfPrecision.float16(65519.99) == 0x7BFF)
    #expect(HalfPrecision.float16(65520) == 0x7C00)
    #expect(HalfPrecision.float16(0x1p-25) == 0)
    #expect(HalfPrecision.float16(0x1.8p-25) == 1)
  }

  @Test("Every bfloat16 comes back, and halves round to even")
  func bfloat16() {
    for bits in 0...UInt16.max {
      let value = HalfPrecision.fromBFloat16(bits)
      if value.isNaN { continue }
      #expect(HalfPrecision.bfloat16(value) == bits)
    }
    #expect(HalfPrecision.bfloat16(1 + 0x1p-8) == 0x3F80)
    #expect(HalfPrecision.bfloat16(1 + 3 * 0x1p-8) == 0x3F82)
  }
}

@Suite("Random numbers")
struct PhiloxTests {
  @Test("The generator gives the published answers")
  func knownAnswers() {
    #expect(
      Philox.block(counter: [0, 0, 0, 0], key: [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones = UInt32.max
    #expect(
      Philox.block(counter: [ones, ones, ones, ones], key: [ones, ones])
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      Philox.block(
        counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }
}
