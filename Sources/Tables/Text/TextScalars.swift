/// What a text is cut into: words, and runs of marks, with case and digits evened out.
///
/// - Letters become small ones, by Unicode's lower case.
/// - Every decimal digit becomes `0`, so that one telephone number is like another.
/// - A word is a run of letters, digits, combining marks and `'` between letters; a run of equal marks is a word of its own, and
///   counts as three where it is longer. Blanks and what cannot be seen only separate.
struct TextScalars {
  enum Kind: UInt8 { case blank, letter, capital, digit, mark }

  /// What a scalar counts as, and what it becomes.
  @inline(__always)
  static func reading(_ scalar: Unicode.Scalar) -> (kind: Kind, value: UInt32) {
    let value = scalar.value
    guard value < 128 else { return wideReading(scalar) }
    switch value {
    case 0x61...0x7A: return (.letter, value)
    case 0x41...0x5A: return (.capital, value + 32)
    case 0x30...0x39: return (.digit, 0x30)
    case 0...0x20, 0x7F: return (.blank, 0x20)
    default: return (.mark, value)
    }
  }

  private static func wideReading(_ scalar: Unicode.Scalar) -> (kind: Kind, value: UInt32) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .titlecaseLetter:
      let lower = scalar.properties.lowercaseMapping.unicodeScalars
      return (.capital, lower.first?.value ?? scalar.value)
    case .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark, .letterNumber,
      .otherNumber:
      return (.letter, scalar.value)
    case .decimalNumber: return (.digit, 0x30)
    case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .surrogate, .privateUse, .unassigned:
      return (.blank, 0x20)
    default: return (.mark, scalar.value)
    }
  }
}

/// How a text looks, whatever it says.
struct TextShape {
  private(set) var characters = 0
  private(set) var words = 0
  private(set) var digits = 0
  private(set) var capitals = 0
  private(set) var marks = 0
  private var previous = TextScalars.Kind.blank

  static let names = ["length", "words", "digits", "capitals", "marks"]

  mutating func note(_ kind: TextScalars.Kind) {
    characters += 1
    switch kind {
    case .digit: digits += 1
    case .capital: capitals += 1
    case .mark: marks += 1
    case .letter, .blank: break
    }
    if previous == .blank, kind != .blank { words += 1 }
    previous = kind
  }

  /// ln(1 + characters), ln(1 + words), and the shares of digits, capitals and marks among the characters.
  var numbers: [Double] {
    let all = Double(max(characters, 1))
    return [
      naturalLogarithm(1 + Double(characters)), naturalLogarithm(1 + Double(words)), Double(digits) / all,
      Double(capitals) / all, Double(marks) / all,
    ]
  }
}
