/// Reads a file into columns: layout first, then all rows, then once more for columns that turned into text late.
struct CSVReader {
  private let source: FileBytes
  private let file: String?
  private let options: CSVOptions

  init(_ source: FileBytes, file: String?, options: CSVOptions) {
    self.source = source
    self.file = file
    self.options = options
  }

  func table() throws(TableError) -> Table {
    guard source.count > 0 else {
      throw TableError(.empty, "is empty (0 bytes); a table has rows", file: file)
    }
    let (text, start) = try TextDecoding.utf8(source, options.encoding, file: file)
    guard text.count > start else {
      throw TableError(.empty, "is empty; a table has rows", file: file)
    }
    let sniffer = CSVSniffer(bytes: text.bytes, file: file, options: options)
    guard options.quoting != .never else {
      return try read(text, sniffer.layout(from: start, quote: nil))
    }
    do {
      return try read(text, sniffer.layout(from: start, quote: 0x22))
    } catch  where options.quoting == .automatic && (error.kind == .malformedQuote || error.kind == .unterminatedQuote)
    {
      let layout = try sniffer.layout(from: start, quote: nil)
      guard layout.dialect.delimiter == 0x09 else { throw error }
      return try read(text, layout)
    }
  }

  private func read(_ text: FileBytes, _ layout: CSVLayout) throws(TableError) -> Table {
    if !options.allowsUnknownTypes, let name = options.types.keys.sorted().first(where: { !layout.names.contains($0) })
    {
      let hint = nearest(to: name, among: layout.names).map { "; did you mean '\($0)'?" } ?? ""
      throw TableError(.unknownColumn, "a type is given for '\(name)', but there is no such column\(hint)", file: file)
    }
    let builders = layout.names.map { ColumnBuilder($0, declared: options.types[$0]) }
    let lines = try pass(text, layout, builders)
    if builders.contains(where: \.needsSecondPass) {
      let late = builders.map { $0.needsSecondPass }
      for builder in builders where builder.needsSecondPass { builder.beginSecondPass() }
      _ = try pass(text, layout, builders, only: late)
    }
    var columns: [Column] = []
    for builder in builders { columns.append(try builder.column(lines, file: file)) }
    return try Table(columns, source: Table.Source(file: file ?? "the table", lines: lines, rows: nil))
  }

  /// Reads all rows into the builders, or into some of them.
  private func pass(
    _ text: FileBytes, _ layout: CSVLayout, _ builders: [ColumnBuilder], only: [Bool]? = nil
  ) throws(TableError) -> LineMap {
    let chosen = builders.indices.filter { only?[$0] ?? true }
    func uses() -> [FieldUse] { builders.indices.map { only?[$0] ?? true ? builders[$0].use : .nothing } }
    var scanner = CSVScanner(
      text.bytes, from: layout.start, line: layout.line, dialect: layout.dialect, uses: uses(), file: file)
    scanner.expectation = layout.expectation
    let block = CellBlock(columns: builders.count)
    var released = layout.start
    while true {
      let first = scanner.row
      try scanner.fill(block)
      guard block.rows > 0 else { break }
      for index in chosen { try builders[index].append(block, index, scanner) }
      scanner.uses = uses()
      if first == 0 {
        let rowsExpected = Double(text.count) / Double(scanner.offset - layout.start) * Double(block.rows) * 1.05
        for index in chosen { builders[index].reserve(Int(rowsExpected) + 16) }
      }
      if scanner.offset - released > 1 << 24 {
        text.release(upTo: scanner.offset, from: released)
        released = scanner.offset
      }
    }
    guard scanner.row > 0 else {
      throw TableError(.headerOnly, "holds a header and no rows", file: file)
    }
    return scanner.lines
  }
}
