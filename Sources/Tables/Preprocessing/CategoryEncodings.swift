/// A category of two levels, or a boolean: -1 for the first, 1 for the second, 0 where missing or unseen.
public struct BinaryEncoding: Codable, Sendable, Equatable {
  public let levels: [String]
  /// Whether a second column says which values were missing.
  public let hasIndicator: Bool

  func names(_ column: String) -> [String] {
    let name = levels == Column.booleanLevels ? column : "\(column)=\(levels.last ?? "")"
    return hasIndicator ? [name, "\(column) is missing"] : [name]
  }

  func write(_ codes: [Int32], into matrix: inout [Float], offset: Int, width: Int) {
    var position = offset
    for code in codes {
      matrix[position] = code < 0 ? 0 : code == 0 ? -1 : 1
      if hasIndicator { matrix[position + 1] = code == -2 ? 1 : 0 }
      position += width
    }
  }
}

/// A category of few levels: a column of 0 and 1 for each.
public struct OneHotEncoding: Codable, Sendable, Equatable {
  public let levels: [String]
  /// Whether there is a column for rare levels; an unseen level counts as one. Without it the unseen are all zeros.
  public let hasOther: Bool
  /// Whether there is a column for missing values. Without it the missing are all zeros.
  public let hasMissing: Bool

  func names(_ column: String) -> [String] {
    levels.map { "\(column)=\($0)" } + (hasOther ? ["\(column) is rare"] : [])
      + (hasMissing ? ["\(column) is missing"] : [])
  }

  func write(_ codes: [Int32], into matrix: inout [Float], offset: Int, width: Int) {
    for (row, code) in codes.enumerated() {
      let start = row * width + offset
      switch code {
      case -1: if hasOther { matrix[start + levels.count] = 1 }
      case -2: if hasMissing { matrix[start + levels.count + (hasOther ? 1 : 0)] = 1 }
      default: matrix[start + Int(code)] = 1
      }
    }
  }
}

/// A category of many levels: code 0 for missing, 1 for rare and unseen, 2 and up for the levels.
public struct EmbeddingEncoding: Codable, Sendable, Equatable {
  public let levels: [String]

  public var cardinality: Int { levels.count + 2 }
}
