/// Uniform numbers in [0, 1), a pure function of a key: Philox4x32-10
/// (Salmon, Moraes, Dror and Shaw 2011, doi:10.1145/2063384.2063405).
///
/// The operand is int64[2]: a seed and a step. `stream` tells the uses apart. The counter of block q is
/// (q, low half of the step, low, high half of the stream), the key the two halves of the seed. A float32 takes the top 24 bits
/// of one word, a float64 the top 53 bits of two.
package struct RandomUniform: PlainPrimitive {
  package let type: TensorType
  package let stream: UInt64
  package init(_ type: TensorType, stream: UInt64) {
    self.type = type
    self.stream = stream
  }
  package static let names = ["randomUniform"]
  package init(named name: String, _ attributes: Attributes<Int>) throws(GraphError) {
    self.init(try attributes.type(), stream: UInt64(bitPattern: Int64(try attributes.size("stream"))))
  }
  package var attributes: Attributes<Int> {
    Attributes(["stream": .size(Int(bitPattern: UInt(stream)))], type: type)
  }

  package func resultType(_ operands: [TensorType]) throws(GraphError) -> TensorType {
    try expect(1, operands)
    guard operands[0] == TensorType([2], .int64) else { throw error("the key is int64[2], got \(operands[0]).") }
    guard type.dtype == .float32 || type.dtype == .float64 else {
      throw error("gives float32 or float64, not \(type.dtype).")
    }
    return type
  }

  package func gradients(_ node: Node, _ g: Node) -> [Node?] { [nil] }

  package func evaluate(_ operands: [ReferenceArray], _ result: TensorType) -> ReferenceArray {
    let key = operands[0].values.map { UInt64(bitPattern: Int64(saturating: $0)) }
    return ReferenceArray(
      result, Philox.uniforms(seed: key[0], step: key[1], stream: stream, count: type.shape.elementCount, type.dtype))
  }
}

/// The generator itself.
package enum Philox {
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let p0 = UInt64(c[0]) * 0xD251_1F53
      let p1 = UInt64(c[2]) * 0xCD9E_8D57
      c = [
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0),
      ]
      k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
  }

  package static func uniforms(seed: UInt64, step: UInt64, stream: UInt64, count: Int, _ dtype: DType) -> [Double] {
    let key: SIMD2<UInt32> = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    let perBlock = dtype == .float32 ? 4 : 2
    var values: [Double] = []
    values.reserveCapacity(count + 3)
    for q in 0..<(count + perBlock - 1) / perBlock {
      let words = block(
        counter: [
          UInt32(truncatingIfNeeded: q), UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: stream),
          UInt32(truncatingIfNeeded: stream >> 32),
        ], key: key)
      for w in 0..<perBlock {
        if dtype == .float32 {
          values.append(Double(words[w] >> 8) * 0x1p-24)
        } else {
          let bits = UInt64(words[2 * w + 1]) << 32 | UInt64(words[2 * w])
          values.append(Double(bits >> 11) * 0x1p-53)
        }
      }
    }
    return Array(values.prefix(count))
  }
}
