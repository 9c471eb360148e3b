import GliaFormats
import GliaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Numbers that another library computed, from the folder References.
package enum ReferenceNumbers {
  package static func read(_ path: String, from file: String = #filePath) throws -> JSONObject {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let name = root + "/References/" + path
    guard let stream = fopen(name, "rb") else { throw MissingReference(path: name) }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&block, 1, block.count, stream), count > 0 { bytes += block[..<count] }
    return try JSONValue(parsing: bytes).object!
  }

  package struct MissingReference: Error, CustomStringConvertible {
    let path: String
    package var description: String { "There is no \(path)." }
  }
}

extension JSONValue {
  /// The numbers of nested arrays, in order.
  package var scalars: [Double] {
    switch self {
    case .integer(let value): [Double(value)]
    case .number(let value): [value]
    case .array(let values): values.flatMap(\.scalars)
    default: []
    }
  }

  /// The lengths of nested arrays.
  package var shape: Shape {
    guard case .array(let values) = self else { return [] }
    return Shape([values.count] + (values.first?.shape.dimensions ?? []))
  }

  package func tensor(_ dtype: DType = .float64) -> Tensor { Tensor(scalars, shape: shape, dtype: dtype) }
}
