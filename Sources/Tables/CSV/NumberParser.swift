/// Decimal numbers from bytes, correctly rounded.
///
/// Three ways, each exact, tried in this order:
/// 1. Clinger's fast path (doi.org/10.1145/93542.93557): a significand below 2^53 and a power of ten up to 10^22 are
///    both exact in Float64, so that one multiplication or division rounds once.
/// 2. Up to 19 digits with up to 19 of them after the point, as files written with 17 digits have: the significand w
///    over 10^k is divided in integers, 128 bits by 64, and the quotient is rounded to 53 bits with the remainder as
///    the sticky bit.
/// 3. The standard library's `Double(_: Substring)`, which is strtod without a locale.
///
/// Tables of powers (Eisel and Lemire) were left out: they would serve only what way 3 serves, and that is rare in
/// tables.
enum NumberParser {
  enum Kind { case none, integer, number }

  struct Result {
    var kind: Kind
    /// An Int64 or a Float64, by its bits.
    var bits: UInt64
    /// The first byte after the number.
    var end: UnsafePointer<UInt8>
  }

  /// Reads a number at `start`: `[+-] digits [point digits] [e [+-] digits]` with a digit before or after the point, or
  /// `inf` or `infinity` in any case. What follows it is for the caller to judge.
  @inline(__always)
  static func parse(
    _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, decimal: UInt8, powers: PowersOfTen = .shared
  ) -> Result {
    var p = start
    var negative = false
    if p < limit, p.pointee == 0x2D || p.pointee == 0x2B {
      negative = p.pointee == 0x2D
      p += 1
    }
    let first = p
    var significand: UInt64 = 0
    readDigits(&p, limit, into: &significand, powers)
    var digitCount = p - first
    var scale = 0
    var isInteger = true
    if p < limit, p.pointee == decimal {
      isInteger = false
      p += 1
      let fraction = p
      readDigits(&p, limit, into: &significand, powers)
      scale = p - fraction
      digitCount += scale
    }
    if digitCount == 0 { return infinity(start, limit) }
    let hasExponent = p < limit && p.pointee | 0x20 == 0x65
    if hasExponent || digitCount > 18 {
      return general(start, limit, decimal: decimal)
    }
    if isInteger {
      let value = Int64(bitPattern: significand)
      return Result(kind: .integer, bits: UInt64(bitPattern: negative ? 0 &- value : value), end: p)
    }
    let magnitude =
      significand < 1 << 53
      ? Double(significand) / powers.doubles[scale] : quotient(significand, powerOfTen: scale)
    return Result(kind: .number, bits: (negative ? -magnitude : magnitude).bitPattern, end: p)
  }

  /// Reads digits behind those that the significand has. Up to eight at a time, as bytes of one word: a loop over them
  /// would guess at each number's length, and often wrongly.
  @inline(__always)
  private static func readDigits(
    _ p: inout UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, into significand: inout UInt64,
    _ powers: PowersOfTen
  ) {
    while limit - p >= 8 {
      let word = UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
      // The high bits of bytes above 9, right up to the first of them.
      let others = (word &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080
      let count = others.trailingZeroBitCount / 8
      if count == 0 { return }
      // The first digit is the lowest byte; zeros go before it. Then pairs, fours and all eight are joined.
      var digits = word &<< UInt64(64 - 8 * count)
      digits = (digits &* (1 + 10 << 8)) >> 8 & 0x00FF_00FF_00FF_00FF
      digits = (digits &* (1 + 100 << 16)) >> 16 & 0x0000_FFFF_0000_FFFF
      digits = (digits &* (1 + 10_000 << 32)) >> 32
      significand = significand &* powers.integers[count] &+ digits
      p += count
      if count < 8 { return }
    }
    while p < limit, p.pointee &- 0x30 < 10 {
      significand = significand &* 10 &+ UInt64(p.pointee &- 0x30)
      p += 1
    }
  }

  /// The number that is all of the bytes, spaces around it aside.
  static func parseWhole(_ bytes: UnsafeBufferPointer<UInt8>, decimal: UInt8 = 0x2E) -> Result? {
    guard var p = bytes.baseAddress else { return nil }
    var limit = p + bytes.count
    while p < limit, p.pointee == 0x20 { p += 1 }
    while p < limit, (limit - 1).pointee == 0x20 { limit -= 1 }
    let result = parse(p, limit, decimal: decimal)
    return result.kind != .none && result.end == limit ? result : nil
  }

  /// The number that is all of the text, or nil.
  static func number(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { bytes in
      parseWhole(bytes).map {
        $0.kind == .integer ? Double(Int64(bitPattern: $0.bits)) : Double(bitPattern: $0.bits)
      }
    }
  }

  /// Exponents and more than 18 digits.
  @inline(never)
  private static func general(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, decimal: UInt8) -> Result {
    var p = start
    let negative = p.pointee == 0x2D
    if negative || p.pointee == 0x2B { p += 1 }
    var significand: UInt64 = 0
    var digits = 0
    var scale = 0
    var isInteger = true
    var isExact = true
    while p < limit, p.pointee &- 0x30 < 10 || (isInteger && p.pointee == decimal) {
      if p.pointee == decimal {
        isInteger = false
      } else {
        if significand != 0 || p.pointee != 0x30 { digits += 1 }
        if digits <= 19 { significand = significand &* 10 &+ UInt64(p.pointee &- 0x30) } else { isExact = false }
        if !isInteger { scale += 1 }
      }
      p += 1
    }
    var exponent = 0
    if p + 1 < limit, p.pointee | 0x20 == 0x65 {
      var q = p + 1
      let negativeExponent = q.pointee == 0x2D
      if negativeExponent || q.pointee == 0x2B { q += 1 }
      if q < limit, q.pointee &- 0x30 < 10 {
        while q < limit, q.pointee &- 0x30 < 10 {
          exponent = min(exponent * 10 + Int(q.pointee &- 0x30), 1_000_000)
          q += 1
        }
        if negativeExponent { exponent = -exponent }
        isInteger = false
        p = q
      }
    }
    if isInteger, isExact, significand <= UInt64(Int64.max) {
      let value = Int64(significand)
      return Result(kind: .integer, bits: UInt64(bitPattern: negative ? -value : value), end: p)
    }
    let power = exponent - scale
    let magnitude: Double
    if isExact, significand < 1 << 53, abs(power) <= 22 {
      let powersOfTen = PowersOfTen.shared.doubles
      magnitude = power < 0 ? Double(significand) / powersOfTen[-power] : Double(significand) * powersOfTen[power]
    } else if isExact, (-19...0).contains(power), significand > 0 {
      magnitude = quotient(significand, powerOfTen: -power)
    } else {
      var text = String(decoding: UnsafeBufferPointer(start: start, count: p - start), as: UTF8.self)
      if decimal != 0x2E { text = String(text.map { $0 == "," ? "." : $0 }) }
      return Result(kind: .number, bits: (Double(text) ?? .nan).bitPattern, end: p)
    }
    return Result(kind: .number, bits: (negative ? -magnitude : magnitude).bitPattern, end: p)
  }

  /// `significand / 10^powerOfTen`, rounded once, to even on ties. The significand is not 0, the power at most 19.
  private static func quotient(_ significand: UInt64, powerOfTen: Int) -> Double {
    let divisor = PowersOfTen.shared.integers[powerOfTen]
    let divisorShift = divisor.leadingZeroBitCount
    let shiftedDivisor = divisor << divisorShift
    let shift = significand.leadingZeroBitCount
    let dividend = significand << shift
    // The high word has to be below the divisor for the quotient to fit in 64 bits.
    let halved = dividend >= shiftedDivisor
    let (q, r) = shiftedDivisor.dividingFullWidth(
      halved ? (high: dividend >> 1, low: dividend << 63) : (high: dividend, low: 0))
    // value = q · 2^exponent with at least 63 significant bits in q; the last bit says whether anything was cut off.
    let exponent = divisorShift - shift - 64 + (halved ? 1 : 0)
    let spare = 11 - q.leadingZeroBitCount
    let kept = q >> UInt64(spare)
    let cut = q & ((1 << UInt64(spare)) - 1)
    let half: UInt64 = 1 << UInt64(spare - 1)
    let roundsUp = cut > half || (cut == half && (r != 0 || kept & 1 == 1))
    return Double(sign: .plus, exponent: exponent + spare, significand: Double(kept + (roundsUp ? 1 : 0)))
  }

  @inline(never)
  private static func infinity(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> Result {
    let negative = start < limit && start.pointee == 0x2D
    let p = start < limit && (negative || start.pointee == 0x2B) ? start + 1 : start
    for word in ["infinity", "inf"] where limit - p >= word.utf8.count {
      if zip(UnsafeBufferPointer(start: p, count: word.utf8.count), word.utf8).allSatisfy({ $0 | 0x20 == $1 }) {
        let value = negative ? -Double.infinity : .infinity
        return Result(kind: .number, bits: value.bitPattern, end: p + word.utf8.count)
      }
    }
    return Result(kind: .none, bits: 0, end: start)
  }

  /// Tables behind pointers: an array's bounds check and its lazy start cost more than the division itself.
  struct PowersOfTen: @unchecked Sendable {
    let doubles: UnsafePointer<Double>
    let integers: UnsafePointer<UInt64>

    static let shared = PowersOfTen()

    private init() {
      let doubles = UnsafeMutablePointer<Double>.allocate(capacity: 23)
      for power in 0...22 { doubles[power] = power == 0 ? 1 : doubles[power - 1] * 10 }
      let integers = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
      for power in 0...19 { integers[power] = power == 0 ? 1 : integers[power - 1] * 10 }
      self.doubles = UnsafePointer(doubles)
      self.integers = UnsafePointer(integers)
    }
  }
}
