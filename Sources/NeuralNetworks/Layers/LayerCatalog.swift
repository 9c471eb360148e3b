import GliaTensors

extension Catalog where Row == LayerRow {
  /// The layers: one row each, with settings and an input to try them on. A layer that has its row is saved, loaded, listed
  /// and tested.
  public static var layers: Catalog { Catalog("layer", rows + Catalog.activations.rows) }

  private static var rows: [LayerRow] {
    [
      LayerRow(Linear.self, ["inputSize": 3, "outputSize": 2], input: [4, 3]),
      LayerRow(LowRankLinear.self, ["inputSize": 3, "outputSize": 4, "rank": 2], input: [4, 3]),
      LayerRow(Dropout.self, ["rate": 0.25], input: [4, 3]),
      LayerRow(AlphaDropout.self, ["rate": 0.25], input: [4, 3]),
      LayerRow(GaussianNoise.self, ["deviation": 0.25], input: [4, 3]),
      LayerRow(BatchNorm.self, ["size": 3], input: [5, 3]),
      LayerRow(LayerNorm.self, ["size": 5], input: [4, 5]),
      LayerRow(RMSNorm.self, ["size": 5], input: [4, 5]),
      LayerRow(GroupNorm.self, ["groups": 2, "size": 4], input: [3, 4, 3]),
      LayerRow(PReLU.self, ["size": 3], input: [4, 3, 2]),
      LayerRow(Bilinear.self, ["firstSize": 2, "secondSize": 3, "outputSize": 2], input: [4, 5]),
      // So many iterations that the vectors come to rest, and the gradient through them is nothing.
      LayerRow(SpectralLinear.self, ["inputSize": 3, "outputSize": 2, "iterations": 60], input: [4, 3]),
      LayerRow(Embedding.self, ["count": 7, "size": 3], input: [4, 2], dtype: .int64, codes: 7),
      LayerRow(
        ColumnEmbedding.self,
        [
          "numbers": 1,
          "embeddings": .list([
            .part(PartDescription("embedding", ["count": 4, "size": 2])),
            .part(PartDescription("embedding", ["count": 5, "size": 3])),
          ]),
        ], input: [4, 3], codes: 4),
      LayerRow(PiecewiseLinear.self, ["inputSize": 3, "columns": .list([0, 2]), "bins": 4], input: [4, 3]),
      LayerRow(
        Periodic.self, ["inputSize": 3, "columns": .list([2, 0]), "frequencies": 3, "size": 2], input: [4, 3]),
      LayerRow(
        MemberLinear.self, ["members": 2, "inputSize": 3, "outputSize": 4, "startsApart": true], input: [5, 2, 3]),
      LayerRow(
        Ensemble.self,
        [
          "members": 2,
          "layers": .list([
            .part(PartDescription("memberLinear", ["members": 2, "inputSize": 3, "outputSize": 4])),
            .part(PartDescription("tanh")),
            .part(PartDescription("memberLinear", ["members": 2, "inputSize": 4, "outputSize": 2])),
          ]),
          "averages": "probabilities",
        ], input: [5, 3]),
      LayerRow(
        Average.self,
        [
          "networks": .list([
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 2])),
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 2])),
          ]),
          "averages": "probabilities",
        ], input: [4, 3]),
      LayerRow(MaskedColumns.self, ["rate": 0.5, "widths": .list([1, 2])], input: [4, 3]),
      LayerRow(SparseCode.self, ["penalty": 0.25], input: [4, 3]),
      LayerRow(VariationalCode.self, ["weight": 0.25], input: [4, 6]),
      LayerRow(
        Autoencoder.self,
        [
          "encoder": .list([.part(PartDescription("linear", ["inputSize": 4, "outputSize": 2]))]),
          "decoder": .list([
            .part(PartDescription("tanh")), .part(PartDescription("linear", ["inputSize": 2, "outputSize": 4])),
          ]),
        ], input: [3, 4]),
      LayerRow(Flatten.self, [:], input: [4, 3, 2]),
      LayerRow(Reshape.self, ["shape": [2, -1]], input: [4, 6]),
      LayerRow(Columns.self, ["start": 1, "end": 3], input: [4, 5]),
      LayerRow(
        Residual.self,
        [
          "layers": .list([
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 3])), .part(PartDescription("tanh")),
          ])
        ], input: [4, 3]),
      LayerRow(
        Checkpointed.self,
        [
          "layers": .list([
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 2])), .part(PartDescription("tanh")),
          ])
        ], input: [4, 3]),
      LayerRow(
        Parallel.self,
        [
          "branches": .list([
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 2])), .part(PartDescription("tanh")),
          ])
        ], input: [4, 3]),
      LayerRow(
        Conv1d.self, ["inputChannels": 2, "outputChannels": 3, "kernel": 3, "stride": 2, "padding": 1],
        input: [3, 2, 7]),
      LayerRow(
        Conv2d.self,
        [
          "inputChannels": 2, "outputChannels": 4, "kernel": .list([3, 2]), "padding": "same",
          "dilation": .list([1, 2]), "groups": 2,
        ], input: [3, 2, 4, 5]),
      LayerRow(MaxPool1d.self, ["kernel": 3, "stride": 2, "padding": 1], input: [3, 2, 7]),
      LayerRow(MaxPool2d.self, ["kernel": 2], input: [3, 2, 4, 5]),
      LayerRow(AvgPool1d.self, ["kernel": 3, "stride": 2, "padding": 1], input: [3, 2, 7]),
      LayerRow(
        AvgPool2d.self, ["kernel": .list([3, 2]), "stride": 1, "padding": 1, "countsPadding": false],
        input: [3, 2, 4, 5]),
      LayerRow(AdaptiveAvgPool1d.self, ["outputSize": 3], input: [3, 2, 7]),
      LayerRow(AdaptiveAvgPool2d.self, ["outputSize": .list([2, 3])], input: [3, 2, 4, 5]),
      LayerRow(GlobalAveragePool.self, [:], input: [3, 2, 4, 5]),
      LayerRow(RNN.self, ["inputSize": 2, "hiddenSize": 3, "nonlinearity": .text("relu")], input: [2, 3, 2]),
      LayerRow(
        LSTM.self, ["inputSize": 2, "hiddenSize": 17, "layers": 2, "bidirectional": true, "dropout": 0.25],
        input: [2, 2, 2]),
      LayerRow(GRU.self, ["inputSize": 2, "hiddenSize": 22, "output": .text("last")], input: [2, 3, 2]),
      LayerRow(Attention.self, ["size": 8, "heads": 2, "causal": true, "rotary": true], input: [2, 3, 8]),
      LayerRow(TransformerBlock.self, ["size": 4, "heads": 2, "hiddenSize": 6], input: [2, 3, 4]),
      LayerRow(NormalizedLinear.self, ["inputSize": 5, "outputSize": 3], input: [4, 5]),
      LayerRow(DecomposedLinear.self, ["inputSize": 6, "outputSize": 2, "kernel": 3], input: [4, 6]),
      LayerRow(RelativeWindow.self, ["window": 3], input: [4, 5]),
      LayerRow(SinusoidalEncoding.self, input: [2, 3, 5]),
      LayerRow(LearnedEncoding.self, ["maximumSteps": 4, "size": 5], input: [2, 3, 5]),
      LayerRow(
        Sequential.self,
        [
          "layers": .list([
            .part(PartDescription("linear", ["inputSize": 3, "outputSize": 4])), .part(PartDescription("tanh")),
            .part(PartDescription("linear", ["inputSize": 4, "outputSize": 2])),
          ])
        ], input: [4, 3]),
    ]
  }
}

/// A layer of the catalog, with an example of it.
public struct LayerRow: CatalogRow {
  public let type: any Layer.Type
  public let exampleSettings: Settings
  /// The shape and type of an input that the example takes.
  public let exampleInput: Shape
  public let exampleDType: DType
  /// How many codes there are, where the input holds codes.
  public let exampleCodes: Int?

  init(
    _ type: any Layer.Type, _ settings: Settings = [:], input: Shape, dtype: DType = .float32, codes: Int? = nil
  ) {
    self.type = type
    exampleSettings = settings
    exampleInput = input
    exampleDType = dtype
    exampleCodes = codes
  }

  public var kind: String { type.kind }
  public var hyperparameters: [Hyperparameter] { type.hyperparameters }
  public func make(_ settings: Settings) throws -> any Layer { try type.init(settings) }
}
