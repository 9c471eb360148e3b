import GliaNeuralNetworks
import GliaTensors
import Testing

@Suite("Layers in a row")
struct SequentialTests {
  static func net() -> Sequential {
    Sequential {
      Linear(4, 64)
      BatchNorm(64)
      LeakyReLU(negativeSlope: 0.2)
      Sequential {
        Linear(64, 32, bias: false)
        Dropout(0.1)
      }
      ReLU()
      Linear(32, 8)
      Tanh()
      Linear(8, 3)
    }
  }

  @Test("A weight starts as is right for the activation after it, through what stands between, unless it is said")
  func initializers() throws {
    let weights = Self.net().namedParameters.filter { $0.name.hasSuffix("weight") && $0.parameter.shape.rank == 2 }
    let chosen = weights.map { $0.parameter.suggestedInitializer!.partDescription.description }
    #expect(
      chosen == ["heNormal(negativeSlope: 0.2)", "heNormal(negativeSlope: 0)", "glorotUniform(gain: 1)", "default"])
    // Of matrices, the default is Glorot's.
    let key = RandomKey(seed: 1)
    #expect(Initializer.default([3, 4], key: key).doubles == Initializer.glorotUniform([3, 4], key: key).doubles)
    let twoBefore = Sequential {
      Linear(2, 2)
      Linear(2, 2)
      ReLU()
    }
    #expect(twoBefore.parameters[0].suggestedInitializer?.kind == "default")
    #expect(twoBefore.parameters[2].suggestedInitializer?.kind == "heNormal")
    let zero = Sequential {
      Linear(2, 2, initializer: .zeros)
      ReLU()
    }
    try zero.initialize(seed: 1)
    #expect(zero.parameters[0].value.doubles == [0, 0, 0, 0])
  }

  @Test("A network is described, made again from its description, and goes on as before")
  func description() throws {
    let net = Self.net()
    try net.initialize(seed: 3)
    let description = try net.networkDescription()
    let again = try Sequential(description)
    #expect(try again.networkDescription() == description)
    #expect(again.namedParameters.map(\.name) == net.namedParameters.map(\.name))
    try again.load(net.stateDictionary())
    let x = Tensor.normal([5, 4], key: RandomKey(seed: 1))
    #expect(again(x).doubles == net(x).doubles)
  }

  @Test("A module that is not Glia's own cannot be described, and says so")
  func foreign() throws {
    struct Own: Module { func callAsFunction(_ x: Tensor) -> Tensor { x } }
    let error = #expect(throws: SettingError.self) { try Sequential { Own() }.networkDescription() }
    #expect(error?.description.contains("Layer 0, Own,") == true)
    let description = NetworkDescription([.init("relu"), .init("dense")])
    let unknown = #expect(throws: SettingError.self) { try Sequential(description) }
    #expect(unknown?.description.hasPrefix("Layer 1: There is no layer 'dense'.") == true)
  }

  @Test("The summary lists layers, outputs and parameters")
  func summary() throws {
    let net = Sequential {
      Linear(4, 64)
      ReLU()
      BatchNorm(64)
      Linear(64, 1)
    }
    try net.freeze("0")
    #expect(
      try net.summary(input: [4]).description == """
        layer  kind       output       parameters
        ─────────────────────────────────────────
        0      linear     [batch, 64]         320
               relu       [batch, 64]           0
        2      batchNorm  [batch, 64]         256
        3      linear     [batch, 1]           65
        ─────────────────────────────────────────
        641 parameters, 193 trainable, 448 not
        """)
    #expect(throws: ShapeMismatch.self) { try net.summary(input: [5]) }
  }

  @Test("Of parts that stand in a network three times or more the summary shows the first")
  func foldedSummary() throws {
    func member(_ width: Int = 8) -> Sequential {
      Sequential {
        Linear(4, width)
        ReLU()
        Linear(width, 2)
      }
    }
    let net = Average((0..<4).map { _ in member() } + [member(6), member(6)], of: .outputs)
    let summary = try net.summary(input: [4])
    #expect(summary.rows.count == 19)
    #expect(
      summary.description == """
        layer  kind     output      parameters
        ──────────────────────────────────────
        0.0    linear   [batch, 8]          40
               relu     [batch, 8]           0
        0.2    linear   [batch, 2]          18
        1 … 3  as 0                        174
        4.0    linear   [batch, 6]          30
               relu     [batch, 6]           0
        4.2    linear   [batch, 2]          14
        5.0    linear   [batch, 6]          30
               relu     [batch, 6]           0
        5.2    linear   [batch, 2]          14
               average  [batch, 2]           0
        ──────────────────────────────────────
        320 parameters, 320 trainable
        """)
  }

  @Test("Layers can be chosen and repeated in braces")
  func builder() {
    let deep = true
    let net = Sequential {
      for width in [4, 8] {
        Linear(width, width * 2)
        ReLU()
      }
      if deep { Flatten() }
      if !deep { Tanh() } else { Sigmoid() }
    }
    let kinds = net.layers.map { ($0 as? any Layer)?.partDescription.kind }
    #expect(kinds == ["linear", "relu", "linear", "relu", "flatten", "sigmoid"])
  }
}
