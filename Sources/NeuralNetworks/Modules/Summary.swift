import GliaGraph
import GliaTensors

/// A network in a table: its layers in the order in which data goes through them, what each gives, and how many numbers it
/// learns.
public struct Summary: Hashable, Sendable, CustomStringConvertible {
  /// One layer.
  public struct Row: Hashable, Sendable {
    /// The path to the layer's parameters; empty where it has none.
    public let path: String
    public let kind: String
    /// The shape of its output, the batch as 1.
    public let output: Shape
    public let parameterCount: Int
  }

  public let rows: [Row]
  /// Numbers in all parameters, running statistics included.
  public let parameterCount: Int
  /// Of these, what training changes.
  public let trainableCount: Int

  public var description: String {
    let header = ["layer", "kind", "output", "parameters"]
    let cells =
      [header] + foldedRows
    let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let lines = cells.map { row in
      row.indices.map { column in
        let pad = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 3 ? pad + row[column] : row[column] + pad
      }.joined(separator: "  ")
    }
    let rule = String(repeating: "─", count: widths.reduce(6, +))
    let frozen = parameterCount - trainableCount
    let total =
      "\(Summary.grouped(parameterCount)) parameters, \(Summary.grouped(trainableCount)) trainable"
      + (frozen > 0 ? ", \(Summary.grouped(frozen)) not" : "")
    return ([lines[0], rule] + lines.dropFirst() + [rule, total]).joined(separator: "\n")
  }

  /// The rows as cells. Of three parts or more that are alike, one after the other, the first is shown.
  private var foldedRows: [[String]] {
    var cells: [[String]] = []
    var start = 0
    while start < rows.count {
      let part = SummaryPart.repeated(in: rows, at: start)
      let shown = part?.length ?? 1
      cells += rows[start..<start + shown].map { row in
        let axes = ["batch"] + row.output.dropFirst().map(String.init)
        let output = row.output.rank == 0 ? "[]" : "[" + axes.joined(separator: ", ") + "]"
        return [row.path, row.kind, output, Summary.grouped(row.parameterCount)]
      }
      start += shown
      guard let part else { continue }
      let others = rows[start..<start + shown * (part.names.count - 1)]
      let names =
        part.names.count == 3 ? part.names[1...].joined(separator: ", ") : "\(part.names[1]) … \(part.names.last!)"
      cells.append([names, "as \(part.names[0])", "", Summary.grouped(others.reduce(0) { $0 + $1.parameterCount })])
      start += others.count
    }
    return cells
  }

  /// 1234567 as "1,234,567".
  private static func grouped(_ count: Int) -> String {
    var text = ""
    for (index, digit) in String(count).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}

extension Module {
  /// The network's layers, their outputs' shapes and their parameters, for samples of a shape (without the batch).
  ///
  /// - Throws: `ShapeMismatch` where a layer does not take what it gets.
  public func summary(input: Shape, dtype: DType = .float32) throws -> Summary {
    let calls = try ShapeProbe.run(self, on: TensorType(Shape([1] + input.dimensions), dtype)).calls
    var seen: Set<ObjectIdentifier> = []
    let all = namedParameters
    let rows = calls.map { call in
      // A layer that is used twice counts once.
      let count = call.parameters.reduce(0) {
        seen.insert(ObjectIdentifier($1)).inserted ? $0 + $1.shape.elementCount : $0
      }
      return Summary.Row(
        path: call.path ?? call.parameters.sharedPath, kind: call.kind, output: call.output, parameterCount: count)
    }
    let count = { (chosen: [NamedParameter]) in chosen.reduce(0) { $0 + $1.parameter.shape.elementCount } }
    return Summary(
      rows: rows, parameterCount: count(all), trainableCount: count(all.filter(\.parameter.isTrainable)))
  }
}
