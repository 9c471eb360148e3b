import CGliaKernels
import GliaGraph
import GliaPasses

extension Plan: CustomStringConvertible {
  /// One line a call, with the instructions of a program below it.
  package var description: String {
    var lines = ["arena \(arenaByteCount) bytes, \(calls.count) calls"]
    for (index, call) in calls.enumerated() {
      lines += text(call).enumerated().map { ($0 == 0 ? "\(index): " : "     ") + $1 }
    }
    lines.append("return " + outputs.map { "\(text($0.location)) : \($0.type)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  private func text(_ location: Location) -> String {
    let place: String
    var offset = location.byteOffset
    switch location.place {
    case .arena(let block):
      place = "arena"
      offset += blocks[block].offset
    case .input(let index): place = "input\(index)"
    case .variable(let index): place = variables[index].name
    case .constant(let index): place = "constant\(index)"
    }
    return offset == 0 ? place : "\(place)+\(offset)"
  }

  private func text(_ call: Call) -> [String] {
    switch call {
    case .program(let program): return text(program)
    case .product(let a, let b, let c, let start, let batch, let m, let n, let k, let dtype, let epilogue):
      let size = batch == 1 ? "\(m)×\(k)·\(k)×\(n)" : "\(batch)×(\(m)×\(k)·\(k)×\(n))"
      let from = start.map { " + \(text($0.location)) a \($0.stride == 0 ? "column" : "scalar")" } ?? ""
      func operand(_ matrix: Matrix) -> String {
        text(matrix.location) + (matrix.dtype == dtype ? "" : " of \(matrix.dtype)")
      }
      return ["product \(dtype) \(size) \(operand(a)) · \(operand(b))\(from) → \(text(c))"]
        + (epilogue.map { text($0).map { "  " + $0 } } ?? [])
    case .copy(let from, _, let to, _, let dimensions, _): return ["copy \(dimensions) \(text(from)) → \(text(to))"]
    case .fill(let location, let count, _, _): return ["fill \(count) → \(text(location))"]
    case .gather(let from, let indices, let to, _, _, let count, let inner, _, _, _):
      return ["gather \(count)×\(inner) \(text(from))[\(text(indices))] → \(text(to))"]
    case .scatterAdd(let from, let indices, let to, _, _, let count, let inner, _, _):
      return ["scatterAdd \(count)×\(inner) \(text(from)) → \(text(to))[\(text(indices))]"]
    case .overlapAdd(let from, _, let to, _, let dimensions, _, _, _):
      return ["overlapAdd \(dimensions) \(text(from)) → \(text(to))"]
    case .random(_, let to, let count, let stream, _): return ["random \(count) stream=\(stream) → \(text(to))"]
    case .reference(let primitive, let operands, let to, let type):
      let read = operands.map { text($0.0) }.joined(separator: " ")
      return ["reference \(primitive.name) (\(primitive.attributes)) \(read) → \(text(to)) : \(type)"]
    }
  }

  private func text(_ program: Program) -> [String] {
    var lines = ["program \(program.dtype) \(program.rows)×\(program.columns)"]
    let layouts = ["", " a row", " a column", " everywhere"]
    lines += program.loads.map {
      "  r\($0.register) = \(text($0.location))\(layouts[Int($0.layout.rawValue)])"
    }
    lines += program.constants.map { "  r\($0.register) = \($0.value)" }
    lines += program.instructions.map {
      let name = operationNames[Int($0.operation)]
      return "  r\($0.dst) = \(name) r\($0.a) r\($0.b) r\($0.c)\($0.per_row == 1 ? " a row" : "")"
    }
    lines += program.stores.map { "  \(text($0.location)) = r\($0.register)" }
    lines += program.accumulators.map {
      "  \(text($0.location)) = \(operationNames[Int($0.operation.rawValue)]) of r\($0.register)"
        + (($0.layout == GLIA_SCALAR) ? "" : " a column")
    }
    return lines
  }
}

/// In the order of glia_operation.
private let operationNames = [
  "copy", "negate", "abs", "sign", "square", "squareRoot", "reciprocalSquareRoot", "reciprocal", "exp", "expMinusOne",
  "log", "logOnePlus", "sin", "cos", "tanh", "sigmoid", "erf", "floor", "ceil", "round", "not", "isNaN", "add",
  "subtract", "multiply", "divide", "power", "maximum", "minimum", "equal", "notEqual", "less", "lessOrEqual", "and",
  "or", "select", "multiplyAdd", "subtractProduct", "rowSum", "rowMaximum", "rowMinimum", "rowExpand",
]
