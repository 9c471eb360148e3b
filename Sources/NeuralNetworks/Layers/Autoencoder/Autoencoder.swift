import GliaTensors

/// A network that gives back its input by way of a code: x [rows, columns] → encoder → [rows, width] → decoder → [rows, columns].
///
///     let net = try Autoencoder(inputs: 784, width: 32, hidden: [512, 256], kind: .denoising())
///     try Trainer(net, loss: .meanSquaredError, optimizer: .adamW()).fit(Samples(inputs: x, targets: x), epochs: 10)
///     let codes = net.encoder(x)
///
/// With one linear layer each and the mean squared error the code spans what the first principal components span (Baldi and
/// Hornik 1989, "Neural networks and principal component analysis", doi:10.1016/0893-6080(89)90014-2); with hidden layers it
/// bends (Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks",
/// doi:10.1126/science.1127647). The parameters are named "encoder.0.weight", "decoder.0.weight".
public struct Autoencoder: Container {
  public static let kind = "autoencoder"
  public static let hyperparameters = [
    Hyperparameter("encoder", .parts, default: nil, "The layers from the input to the code."),
    Hyperparameter("decoder", .parts, default: nil, "The layers from the code to the output."),
  ]

  public let encoder, decoder: Sequential
  public var layers: [any Module] { [encoder, decoder] }

  public init(encoder: Sequential, decoder: Sequential) {
    self.encoder = encoder
    self.decoder = decoder
  }

  public init(_ settings: Settings) throws {
    let all = try Self.complete(settings)
    self.init(encoder: Sequential(try all.layers("encoder")), decoder: Sequential(try all.layers("decoder")))
  }

  public var settings: Settings { ["encoder": encoder.layerSetting, "decoder": decoder.layerSetting] }

  public func callAsFunction(_ x: Tensor) -> Tensor { checked(x) { decoder(encoder(x)) } }

  /// Linear layers with an activation between them, the decoder's sizes those of the encoder backwards.
  ///
  /// - Parameters:
  ///   - inputs: the columns of numbers; with `embedding` those that pass it as they are, and only these are given back.
  ///   - width: the numbers of a code.
  ///   - hidden: the units of the encoder's hidden layers.
  ///   - widths: the columns that are hidden together from a denoising encoder, such as those of one category.
  ///   - embedding: what stands first, for columns that hold codes.
  /// - Throws: `SettingError` for a size below 1, for a code that is wider than the inputs where nothing else keeps the network
  ///   from copying them, and for a setting of the kind that is out of its range.
  public init(
    inputs: Int, width: Int, hidden: [Int] = [128, 64], activation: String = "relu", kind: AutoencoderKind = .plain,
    widths: [Int] = [], embedding: ColumnEmbedding? = nil
  ) throws {
    _ = try Catalog.autoencoders.make(kind.partDescription)
    for size in [inputs, width] + hidden where size < 1 {
      throw SettingError(
        "An autoencoder of \(inputs) inputs has a layer of \(size) units; each has to have at least 1.")
    }
    let seen = embedding?.outputSize ?? inputs
    guard width <= seen || kind.allowsWideCodes else {
      throw SettingError(
        "The code has \(width) numbers and the row \(seen): a \(kind.partDescription.kind) autoencoder would only copy. Give a "
          + "width of at most \(seen), or the kind denoising or sparse.")
    }
    let isVariational = if case .variational = kind { true } else { false }
    let front: [any Module] = kind.inputLayers(widths: widths) + (embedding.map { [$0] } ?? [])
    let body = try Self.stack([seen] + hidden + [isVariational ? 2 * width : width], activation)
    self.init(
      encoder: Sequential(front + body + kind.codeLayers),
      decoder: Sequential(try Self.stack([width] + hidden.reversed() + [inputs], activation)))
  }

  private static func stack(_ sizes: [Int], _ activation: String) throws -> [any Module] {
    var layers: [any Module] = []
    var width = sizes[0]
    for (place, size) in sizes.dropFirst().enumerated() {
      layers.append(Linear(width, size))
      width = size
      guard place + 2 < sizes.count else { break }
      let between = try Catalog.activations.make(activation)
      layers.append(between)
      // A gated activation gives half of what it takes.
      width = try between.outputShape(for: [1, size])[1]
    }
    return layers
  }
}
