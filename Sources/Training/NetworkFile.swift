import GliaFormats
import GliaGraph
import GliaNeuralNetworks
import GliaTensors

/// The network's part of a safetensors file: its weights under their names; its inference graph, so that it runs without the
/// Swift that defined it; and its layers, where they are all of Glia's catalog, so that it can be trained further.
package enum NetworkFile {
  private static let linearPrefix = "baseline.linear."

  private static func constantName(_ index: Int) -> String { "glia.constants.\(index)" }

  // ---- Writing

  /// Adds a network to a file that is about to be written.
  ///
  /// - Parameter row: the shape and type of one row of its input.
  static func add(_ network: any Module, row: TensorType, to writer: inout SafetensorsWriter) throws {
    let graph = try network.graphDescription(row: row)
    writer.metadata["glia.graph"] = try graph.json.text()
    if let layers = layers(of: network) { writer.metadata["glia.network"] = try layers.partDescription.json.text() }
    try addWeights(of: network, prefix: "", to: &writer)
    for (index, constant) in graph.constants.enumerated() {
      try constant.bytes.withUnsafeBytes {
        try add(constantName(index), constant.type, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, to: &writer)
      }
    }
  }

  /// Adds the linear model that the network has to beat.
  static func add(linear: Sequential, to writer: inout SafetensorsWriter) throws {
    writer.metadata["glia.baseline.linear"] = try linear.partDescription.json.text()
    try addWeights(of: linear, prefix: linearPrefix, to: &writer)
  }

  private static func addWeights(of network: any Module, prefix: String, to writer: inout SafetensorsWriter) throws {
    for entry in network.namedParameters {
      let variable = entry.parameter.variable
      try add(prefix + entry.name, variable.type, UnsafeRawPointer(variable.address), to: &writer)
    }
  }

  private static func add(
    _ name: String, _ type: TensorType, _ address: UnsafeRawPointer, to writer: inout SafetensorsWriter
  ) throws {
    try writer.add(
      name, dtype: type.dtype.fileType, shape: type.shape.dimensions,
      bytes: UnsafeRawBufferPointer(start: address, count: type.byteCount))
  }

  /// The network as layers that can be made again from what they say, with the same parameters; nil where they cannot, such as
  /// a module of one's own or tied weights.
  private static func layers(of network: any Module) -> Sequential? {
    guard let network = network as? Sequential, let description = try? network.networkDescription(),
      let again = try? Sequential(description), types(of: again) == types(of: network)
    else { return nil }
    return network
  }

  // ---- Reading

  /// Layers from what they say of themselves, without weights.
  private static func layers(_ text: String) throws -> Sequential {
    let layers = try Sequential(PartDescription(json: JSONValue(parsing: text)).settings)
    try layers.validate()
    return layers
  }

  /// The network of a file, of layers where the file describes them, else as a graph; and the linear model beside it, which is
  /// not there in files that were written before it was kept.
  static func networks(of file: SafetensorsFile) throws -> (network: any Module, linear: Sequential?) {
    let graph = try file.metadata["glia.graph"].map { try GraphModule(description(of: file, $0)) }
    let layers = try file.metadata["glia.network"].map(layers)
    guard let network: any Module = layers ?? graph else {
      throw TrainingError("its metadata has neither 'glia.graph' nor 'glia.network', so it holds no network")
    }
    try network.validate()
    if let layers, let graph {
      guard types(of: layers) == types(of: graph) else {
        throw TrainingError("its layers and its graph have different parameters")
      }
      for rows in [1, 2] {
        let type = graph.graph.inputType(rows: rows)
        guard try layers.outputType(for: type) == graph.outputType(for: type) else {
          throw TrainingError("its layers and its graph give different shapes")
        }
      }
    }
    let linear = try linearModel(of: file)
    try load(file, into: network, linear, constants: graph?.graph.constants.count ?? 0)
    return (network, linear)
  }

  /// The network of a file as its graph.
  package static func graph(of file: SafetensorsFile) throws -> GraphModule {
    guard let text = file.metadata["glia.graph"] else {
      throw TrainingError("its metadata has no 'glia.graph', so it holds no network's graph")
    }
    let network = try GraphModule(description(of: file, text))
    try load(file, into: network, linearModel(of: file), constants: network.graph.constants.count)
    return network
  }

  private static func description(of file: SafetensorsFile, _ text: String) throws -> GraphDescription {
    try GraphDescription(json: JSONValue(parsing: text)) { index, type in
      let stored = try file.entry(constantName(index))
      guard stored.shape == type.shape.dimensions, stored.dtype == type.dtype.fileType else {
        throw TrainingError(
          "'\(stored.name)' is \(stored.dtype.rawValue)\(Shape(stored.shape)) there, the graph needs \(type)")
      }
      return try file.withBytes(of: stored.name) { Array($0) }
    }
  }

  /// The linear model of a file, without its weights.
  private static func linearModel(of file: SafetensorsFile) throws -> Sequential? {
    try file.metadata["glia.baseline.linear"].map(layers)
  }

  private static func load(
    _ file: SafetensorsFile, into network: any Module, _ linear: Sequential?, constants: Int
  ) throws {
    let parameters =
      network.namedParameters.map { (name: $0.name, parameter: $0.parameter) }
      + (linear?.namedParameters ?? []).map { (name: linearPrefix + $0.name, parameter: $0.parameter) }
    let names = Set(parameters.map(\.name) + (0..<constants).map(constantName))
    if let extra = file.entries.first(where: { !names.contains($0.name) }) {
      throw TrainingError("it holds '\(extra.name)', which its network does not have")
    }
    for entry in parameters {
      let parameter = entry.parameter
      let stored = try file.entry(entry.name)
      guard stored.shape == parameter.shape.dimensions, stored.dtype == parameter.dtype.fileType else {
        throw TrainingError(
          "'\(entry.name)' is \(stored.dtype.rawValue)\(Shape(stored.shape)) there, the network needs "
            + "\(parameter.dtype)\(parameter.shape)")
      }
      let buffer = Buffer(byteCount: parameter.type.byteCount)
      try file.withBytes(of: entry.name) { buffer.bytes.copyMemory(from: $0) }
      parameter.value = Tensor(.make(Constant(buffer, parameter.type)))
    }
  }

  private static func types(of network: any Module) -> [GraphDescription.Parameter] {
    network.namedParameters.map {
      .init(name: $0.name, type: $0.parameter.type, isStatistic: $0.parameter.kind == .statistic)
    }
  }
}

// ---- A network by itself in a file

extension Module {
  /// Writes the network to one file, whole or not at all: weights, graph and, where they are Glia's own, layers.
  ///
  ///     try net.save(to: "net.safetensors", input: [4])
  ///     let predict = try CompiledModel(path: "net.safetensors")
  ///
  /// - Parameter input: the shape of one row of the input, without the batch.
  /// - Throws: `ShapeMismatch` where the network does not take it, an error in words where its graph is not the same for every
  ///   number of rows, `FileError` where the file cannot be written.
  public func save(to path: String, input: Shape, dtype: DType = .float32) throws {
    var writer = SafetensorsWriter(metadata: ["glia.format": "\(ModelFile.version)", "glia.kind": "network"])
    try NetworkFile.add(self, row: TensorType(input, dtype), to: &writer)
    try writer.write(to: path)
  }
}

extension GraphModule {
  /// Reads the network of a model file. It needs nothing of the Swift that defined it, and loading runs no code.
  ///
  /// - Throws: an error in words where the file holds no network, is cut short, or has a changed byte.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path, checksum: .required)
    try ModelFile.checkVersion(of: file, path)
    do { self = try NetworkFile.graph(of: file) } catch { throw ModelFileError(path, "\(error)") }
  }
}

extension CompiledModel {
  /// Compiles the network of a model file for a number of rows, with copies of its weights in float32 or bfloat16.
  ///
  /// - Throws: as ``GraphModule/init(path:)`` does, and ``TrainingError`` for a network that does not compute in float32.
  public convenience init(path: String, rows: Int = 1, weights: Precision = .float32) throws {
    let network = try GraphModule(path: path)
    guard network.inputDType == .float32 else {
      throw TrainingError("The network takes \(network.inputDType); a compiled model takes float32.")
    }
    try self.init(network, input: Shape([rows] + network.rowShape.dimensions), weights: weights)
  }
}
