import GliaGraph

/// A part of a network, such as one of several networks that are averaged, that stands there several times over.
struct SummaryPart {
  /// The rows of one of them.
  let length: Int
  /// The paths of all of them.
  let names: [String]

  /// The part that begins at a row and comes three times or more, under paths that differ in one number.
  static func repeated(in rows: [Summary.Row], at start: Int) -> SummaryPart? {
    let steps = rows[start].path.split(separator: ".")
    for depth in 1..<max(1, steps.count) {
      guard let first = name(in: rows, at: start, depth: depth), Int(steps[depth - 1]) != nil else { continue }
      let length = rows[start...].prefix { belongs($0.path, to: first) }.count
      var names = [first]
      while let next = name(in: rows, at: start + names.count * length, depth: depth),
        next.split(separator: ".").dropLast() == first.split(separator: ".").dropLast(),
        isAlike(rows, start, start + names.count * length, length, first, next)
      {
        names.append(next)
      }
      if names.count >= 3 { return SummaryPart(length: length, names: names) }
    }
    return nil
  }

  /// The first steps of a row's path, where there are more.
  private static func name(in rows: [Summary.Row], at index: Int, depth: Int) -> String? {
    guard index < rows.count else { return nil }
    let steps = rows[index].path.split(separator: ".")
    return steps.count > depth ? steps.prefix(depth).joined(separator: ".") : nil
  }

  /// Layers without parameters have no path, and belong to the part that they follow.
  private static func belongs(_ path: String, to name: String) -> Bool {
    path.isEmpty || path == name || path.hasPrefix(name + ".")
  }

  private static func isAlike(
    _ rows: [Summary.Row], _ a: Int, _ b: Int, _ length: Int, _ first: String, _ next: String
  ) -> Bool {
    b + length <= rows.count
      && (0..<length).allSatisfy { place in
        let (one, other) = (rows[a + place], rows[b + place])
        let path = one.path.isEmpty ? "" : next + one.path.dropFirst(first.count)
        return other
          == Summary.Row(
            path: path, kind: one.kind, output: one.output, parameterCount: one.parameterCount)
      }
  }
}
