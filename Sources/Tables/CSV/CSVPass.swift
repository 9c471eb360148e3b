import Dispatch

/// One pass over all rows of a text, which is cut into parts that are read at the same time.
///
/// Where a part begins is a guess: behind the end of a line, which may lie inside a quoted field. The guess was right if
/// the part before it began rightly and ended exactly there; what was read from a wrong guess on is thrown away and read
/// again. Columns take the parts in their order, each column by itself. So the result depends on the text alone, not on
/// where it is cut or how many threads there are: of several errors, the one in the first row counts.
///
/// (Counting quotes beforehand would cost a pass and prove nothing, as a quote inside an unquoted field opens nothing.)
struct CSVPass {
  let text: FileBytes
  let layout: CSVLayout
  let file: String?
  let builders: [ColumnBuilder]
  /// The columns that are filled.
  let chosen: [Int]
  let partBytes: Int
  let threads: Int

  private var place: Int
  private var line: Int
  private var rows = 0
  private var lines = LineMap()
  private var parts: [CSVPart] = []

  init(
    _ text: FileBytes, _ layout: CSVLayout, file: String?, builders: [ColumnBuilder], chosen: [Int],
    options: CSVOptions
  ) {
    self.text = text
    self.layout = layout
    self.file = file
    self.builders = builders
    self.chosen = chosen
    partBytes = options.partBytes
    threads = options.threads
    place = layout.start
    line = layout.line
  }

  /// Reads all rows into the chosen builders and returns the lines where they begin.
  mutating func run() throws(TableError) -> LineMap {
    var wanted = 1
    var released = place
    while place < text.count {
      let cuts = cuts(atMost: wanted)
      let right = readParts(cuts)
      try append(right)
      // Where guesses fail, reading on alone costs least.
      wanted = right == cuts.count - 1 ? min(2 * wanted, 4 * threads) : 1
      if place - released > 1 << 24 {
        text.release(upTo: place, from: released)
        released = place
      }
    }
    guard rows > 0 else {
      throw TableError(.headerOnly, "holds a header and no rows", file: file)
    }
    return lines
  }

  /// Where parts begin, and where the last one ends.
  private func cuts(atMost count: Int) -> [Int] {
    var cuts = [place]
    while cuts.count <= count, let last = cuts.last, last < text.count {
      var p = min(last + partBytes, text.count)
      while p < text.count, text.bytes[p - 1] != 0x0A, text.bytes[p - 1] != 0x0D || text.bytes[p] == 0x0A { p += 1 }
      cuts.append(p)
    }
    return cuts
  }

  /// Reads the parts and returns how many of them count.
  private mutating func readParts(_ cuts: [Int]) -> Int {
    let count = cuts.count - 1
    var uses = Array(repeating: FieldUse.nothing, count: builders.count)
    for index in chosen { uses[index] = builders[index].use }
    while parts.count < count { parts.append(CSVPart(columns: builders.count)) }
    concurrently(count) { [self, uses] index in
      // The first part's errors have to have their line; the others count from 0.
      var scanner = CSVScanner(
        text.bytes, from: cuts[index], line: index == 0 ? line : 0, dialect: layout.dialect, uses: uses, file: file)
      scanner.expectation = layout.expectation
      // A wrong guess must not look for the end of a quote through all of the text.
      if index > 0 { scanner.closeQuotes(before: cuts[count]) }
      parts[index].read(scanner, until: cuts[index + 1])
    }
    var right = 1
    while right < count, parts[right - 1].error == nil, parts[right - 1].scanner?.offset == cuts[right] { right += 1 }
    // What is wrong in a part whose beginning was guessed is found anew from there.
    if right > 1, parts[right - 1].error != nil { right -= 1 }
    return right
  }

  /// Gives the columns the rows of the first `count` parts.
  private mutating func append(_ count: Int) throws(TableError) {
    let firstRow = rows
    for (index, part) in parts[..<count].enumerated() {
      guard let scanner = part.scanner else { continue }
      lines.append(scanner.lines, row: rows, line: index == 0 ? 0 : line)
      rows += scanner.row
      line = index == 0 ? scanner.line : line + scanner.line
      place = scanner.isAtEnd ? text.count : scanner.offset
    }
    var errors: [TableError?] = Array(repeating: nil, count: chosen.count)
    errors.withUnsafeMutableBufferPointer { errors in
      nonisolated(unsafe) let errors = errors
      concurrently(chosen.count) { [self] index in
        do throws(TableError) {
          for part in parts[..<count] { try part.append(to: builders[chosen[index]], chosen[index], lines) }
        } catch { errors[index] = error }
      }
    }
    if let first = errors.compactMap({ $0 }).min(by: { ($0.line ?? 0) < ($1.line ?? 0) }) { throw first }
    if let error = parts[0].error { throw error }
    if firstRow == 0, rows > 0 {
      let rowsExpected = Double(text.count) / Double(place - layout.start) * Double(rows) * 1.05
      for index in chosen { builders[index].reserve(Int(rowsExpected) + 16) }
    }
  }

  private func concurrently(_ count: Int, _ body: (Int) -> Void) {
    if threads == 1 || count == 1 {
      for index in 0..<count { body(index) }
    } else {
      withoutActuallyEscaping(body) { body in
        nonisolated(unsafe) let body = body  // works on its own part or column alone
        DispatchQueue.concurrentPerform(iterations: count) { body($0) }
      }
    }
  }
}

/// The rows of one part of a text.
final class CSVPart {
  private let columns: Int
  private var blocks: [CellBlock] = []
  private var used = 0
  /// As it was at the part's end; it knows the part's rows and lines.
  private(set) var scanner: CSVScanner?
  /// What ended the part early. The rows before it are there.
  private(set) var error: TableError?

  init(columns: Int) { self.columns = columns }

  /// Reads the rows that begin before `end`.
  func read(_ start: CSVScanner, until end: Int) {
    var scanner = start
    used = 0
    error = nil
    do throws(TableError) {
      while scanner.offset < end, !scanner.isAtEnd {
        if used == blocks.count { blocks.append(CellBlock(columns: columns)) }
        used += 1
        try scanner.fill(blocks[used - 1], until: end)
      }
    } catch { self.error = error }
    self.scanner = scanner
  }

  func append(to builder: ColumnBuilder, _ column: Int, _ lines: LineMap) throws(TableError) {
    guard let scanner else { return }
    for block in blocks[..<used] { try builder.append(block, column, scanner, lines) }
  }
}
