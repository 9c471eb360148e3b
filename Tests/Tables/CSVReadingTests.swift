import Foundation
import GliaTables
import Testing

@Suite("Reading CSV")
struct CSVReadingTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Column: Decodable {
      struct Value: Decodable {
        let number: String?
        let text: String?
      }
      let name: String
      let values: [Value?]
    }
    let name: String
    let text: String
    let columns: [Column]
    var testDescription: String { name }
  }
  struct Cases: Decodable { let cases: [Case] }

  @Test("Odd spellings are read as pandas reads them")
  func pandas() throws {
    let cases = try reference("csv_cases.json", as: Cases.self).cases
    #expect(cases.count > 20)
    for test in cases {
      let table = try Table(csvText: test.text, file: test.name)
      #expect(table.columns == test.columns.map(\.name), "\(test.name)")
      for wanted in test.columns {
        let column = try table.column(wanted.name)
        try #require(column.count == wanted.values.count, "\(test.name)")
        for (row, value) in wanted.values.enumerated() {
          if let number = value?.number {
            let got = try #require(column.numbers?[row], "\(test.name), row \(row)")
            #expect(
              got.bitPattern == Double(number)?.bitPattern || got == 0,
              "\(test.name), row \(row): \(got), not \(number)")
          } else {
            #expect(column.text(row) == value?.text, "\(test.name), row \(row)")
          }
        }
      }
    }
  }

  @Test("A quoted field may hold a newline, the delimiter and doubled quotes")
  func quotes() throws {
    let table = try Table(csvText: "a,b\n1,\"x\ny, \"\"z\"\"\"\n2,w\n")
    #expect(table["b"]?.texts == ["x\ny, \"z\"", "w"])
    #expect(table.line(ofRow: 1) == 4)
  }

  @Test(
    "Delimiters are found by themselves",
    arguments: [("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1 2\t3\n", "tab"), ("a|b\n1|2,3\n", "|")])
  func delimiters(text: String, name: String) throws {
    #expect(try Table(csvText: text).columns == ["a", "b"], "\(name)")
  }

  @Test("A decimal comma is found where commas do not separate fields")
  func decimalComma() throws {
    let table = try Table(csvText: "a;b\n1,5;2\n-0,25;3\n")
    #expect(table["a"]?.numbers == [1.5, -0.25])
    #expect(try Table(csvText: "a;b\n1.5;1,2\n2.5;3\n")["b"]?.texts == ["1,2", "3"])
    #expect(try Table(csvText: "1,5;2,5\n3,5;4,5\n")["column2"]?.numbers == [2.5, 4.5])
  }

  @Test("A header is told from a row by what stands below it")
  func headers() throws {
    #expect(try Table(csvText: "5.1,setosa\n4.9,virginica\n").columns == ["column1", "column2"])
    #expect(try Table(csvText: "length,species\n4.9,virginica\n").columns == ["length", "species"])
    #expect(try Table(csvText: "day,kind\n2020-01-01,x\n").columns == ["day", "kind"])
    #expect(try Table(csvText: "ham\thello\nspam\tbuy\nham\tbye\n").rowCount == 3)
    #expect(try Table(csvText: "label\ttext\nspam\tbuy\nham\tbye\n").columns == ["label", "text"])
    #expect(try Table(csvText: ",x\n0,5\n1,6\n").columns == ["column1", "x"])
    #expect(try Table(csvText: "?,x\n0,5\n1,6\n").rowCount == 3)
    #expect(try Table(csvText: "M,,red\nF,0.3,blue\n").rowCount == 2)
    #expect(try Table(csvText: "a,b,\n1,x,\n2,y,\n").columns == ["a", "b", "column3"])
    #expect(try Table(csvText: "a,,b\nx,1,NA\ny,2,3\n").columns == ["a", "column2", "b"])
    #expect(try Table(csvText: "a,,b\nx,1,5\ny,2,z\n").rowCount == 3)
    var options = CSVOptions()
    options.header = .present
    #expect(try Table(csvText: "country,1990\nNepal,3\n", options: options).columns == ["country", "1990"])
    options.header = .absent
    #expect(try Table(csvText: "a,b\n1,2\n", options: options)["column1"]?.texts == ["a", "1"])
  }

  @Test("Blanks around a field are not part of it, those inside quotes are")
  func blanks() throws {
    let table = try Table(csvText: "a , b\t, c\n1 , x y ,\" z \"\n 2,\t\"w\" , v\n")
    #expect(table.columns == ["a", "b", "c"])
    #expect(table["a"]?.type == .integer)
    #expect(table["b"]?.texts == ["x y", "w"])
    #expect(table["c"]?.texts == [" z ", "v"])
  }

  @Test("Rows that were picked still know their lines")
  func linesOfPickedRows() throws {
    let table = try Table(csvText: "a\n1\n\n2\n3\n4\n").rows([3, 1, 0]).rows([1, 0])
    #expect(table["a"]?.texts == ["2", "4"])
    #expect((0..<2).map { table.line(ofRow: $0) } == [4, 6])
  }

  @Test("Given names mean that there is no header, unless the first row repeats them")
  func names() throws {
    #expect(try Table(csvText: "x,1\ny,2\n", names: ["a", "b"]).rowCount == 2)
    #expect(try Table(csvText: "a,b\ny,2\n", names: ["a", "b"]).rowCount == 1)
    #expect(
      readingError("x,1\n", names: ["a"])?.description == "t.csv: line 1: 1 name given, but this row has 2 fields")
  }

  @Test("Comments at the top are passed over, a commented header is a header")
  func comments() throws {
    let table = try Table(csvText: "# made by hand\n# twice\n1,2,3\n4,5,6\n")
    #expect(table.rowCount == 2)
    #expect(table.line(ofRow: 0) == 3)
    #expect(try Table(csvText: "# by hand\n# a,b,c\n1,2,3\n").columns == ["a", "b", "c"])
    #expect(try Table(csvText: "#1,x\n#2,y\n#3,x\n").rowCount == 3)
  }

  @Test("Types are inferred from all rows")
  func types() throws {
    let table = try Table(
      csvText: """
        i,n,c,b,d,m,x
        1,1,x,true,2016-07-01 13:00:00,1949-01,
        ,2.5,,False,,1949-02,
        3,3,y,,2016-07-02,,
        """)
    #expect(table.columnValues.map(\.type) == [.integer, .number, .category, .boolean, .date, .date, .number])
    #expect(table["i"]?.texts == ["1", "-", "3"])
    #expect(table["n"]?.texts == ["1", "2.5", "3"])
    #expect(table["c"]?.texts == ["x", "-", "y"])
    #expect(table["b"]?.texts == ["true", "false", "-"])
    #expect(table["d"]?.texts == ["2016-07-01 13:00:00", "-", "2016-07-02"])
    #expect(table["m"]?.texts == ["1949-01-01", "1949-02-01", "-"])
    #expect(table["x"]?.missingCount == 3)
  }

  @Test("Many long strings are text, few or short ones a category")
  func text() throws {
    let long = (0..<60).map { "row,the words of message number \($0)\n" }.joined()
    let short = (0..<60).map { "row,word\($0)\n" }.joined()
    #expect(try Table(csvText: "a,b\n" + long)["b"]?.type == .text)
    #expect(try Table(csvText: "a,b\n" + short)["b"]?.type == .category)
  }

  @Test("A column that turns into text late keeps the spelling of its first values")
  func lateText() throws {
    let numbers = (0..<40_000).map { "0\($0),\($0).50,1\n" }.joined()
    let table = try Table(csvText: "a,b,c\n" + numbers + "x,1,1\n1,y,1\n")
    #expect(table["a"]?.text(7) == "07")
    #expect(table["b"]?.text(39_999) == "39999.50")
    #expect(table["c"]?.type == .integer)
    #expect(table["a"]?.count == 40_002)
    #expect(table["b"]?.text(40_001) == "y")
  }

  @Test("A given type keeps leading zeros, and a value that does not fit it is an error with its line")
  func declaredTypes() throws {
    let text = "zip,n\n00501,1\n10001,2\n"
    #expect(try Table(csvText: text, types: ["zip": .category])["zip"]?.levels == ["00501", "10001"])
    #expect(try Table(csvText: text, types: ["n": .number])["n"]?.type == .number)
    #expect(try Table(csvText: "b\nyes\nno\n", types: ["b": .boolean])["b"]?.texts == ["true", "false"])
    #expect(
      readingError("a,b\n1,2\n\nx,3\n", types: ["a": .number])?.description
        == "t.csv: line 4, column 'a': 'x' is not a number")
    #expect(
      readingError("a\n1\n2.5\n", types: ["a": .integer])?.description
        == "t.csv: line 3, column 'a': 2.5 is not an integer")
    #expect(readingError("d\n2020-01-01\n2020-02-30\n", types: ["d": .date])?.line == 3)
    #expect(readingError("b\ntrue\nperhaps\n", types: ["b": .boolean])?.line == 3)
    #expect(readingError("age\n1\n", types: ["aeg": .number])?.message.contains("did you mean 'age'?") == true)
  }

  @Test("Missing markers can be set, numbers among them")
  func missing() throws {
    var options = CSVOptions()
    options.missing = ["-999", "none"]
    let table = try Table(csvText: "a,b\n1,none\n-999,NA\n", options: options)
    #expect(table["a"]?.texts == ["1", "-"])
    #expect(table["b"]?.texts == ["-", "NA"])
  }

  @Test("Text with a byte order mark, in UTF-16 and in Latin-1 is the same text")
  func encodings() throws {
    let text = "größe,n\nä€,1\nö,2\n"
    let wanted = try Table(csvText: text)["größe"]?.texts
    #expect(try withFile([0xEF, 0xBB, 0xBF] + text.utf8) { try Table(csv: $0) }["größe"]?.texts == wanted)
    for big in [false, true] {
      let units = [0xFEFF] + Array(text.utf16)
      let bytes = units.flatMap { big ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] }
      #expect(try withFile(bytes) { try Table(csv: $0) }["größe"]?.texts == wanted)
    }
    let latin =
      Array("gr".utf8) + [0xF6, 0xDF] + Array("e,n\n".utf8) + [0xE4, 0x80] + Array(",1\n".utf8) + [0xF6]
      + Array(",2\n".utf8)
    var options = CSVOptions()
    options.encoding = .latin1
    #expect(try withFile(latin) { try Table(csv: $0, options: options) }["größe"]?.texts == wanted)
  }

  @Test("Bytes that are not UTF-8 are an error with the line that says how to read them")
  func notUTF8() throws {
    let bytes = Array("a,b\nx,1\n".utf8) + [0xE4] + Array(",2\n".utf8)
    let failure = try withFile(bytes) { path in error { () throws(TableError) in try Table(csv: path) } }
    #expect(failure?.kind == .encoding)
    #expect(failure?.line == 3)
    #expect(failure?.message.contains("latin1") == true)
    #expect(
      try withFile([0x50, 0x4B, 3, 4, 0, 0, 0]) { path in error { () throws(TableError) in try Table(csv: path) } }?
        .kind == .notText)
  }

  @Test("Quotes that nobody escaped are plain characters in a text separated by tabs")
  func plainQuotesInTabs() throws {
    let table = try Table(csvText: "ham\t\"Happy\" I know\nspam\t\"open\nham\tplain\n")
    #expect(table.rowCount == 3)
    #expect(table["column2"]?.texts == ["\"Happy\" I know", "\"open", "plain"])
  }

  @Test("What is written is read back the same")
  func writing() throws {
    let table = try Table([
      Column("a, b", numbers: [1.5, .nan, -2e300]), Column("c", categories: ["x\"y", " z ", "two\nlines"]),
      Column("d", dates: [0, 1.5e9, .nan]),
    ])
    let again = try Table(csvText: table.csv())
    #expect(again.columns == table.columns)
    for name in table.columns { #expect(again[name]?.texts == table[name]?.texts) }
  }
}

@Suite("Errors of malformed files")
struct CSVErrorTests {
  @Test("A ragged row names its line, its fields and how many there should be")
  func ragged() {
    #expect(
      readingError("a,b,c\n1,2,3\n\n1,2,3,4\n")?.description == "t.csv: line 4: this row has 4 fields, the header has 3"
    )
    #expect(
      readingError("a,b,c\n\"x\ny\",2,3\n1,2\n")?.description
        == "t.csv: line 4: this row has 2 fields, the header has 3")
    #expect(readingError("1,2,3\n1,2\n")?.message == "this row has 2 fields, line 1 has 3")
    #expect(readingError("a,b\n1\n")?.kind == .raggedRow)
    #expect(readingError("a,b\n1,2,\n")?.kind == .raggedRow)
    #expect(readingError("1,2\n3\n", names: ["a", "b"])?.message == "this row has 1 field, the list of names has 2")
  }

  @Test("A quote that is never closed names the line where it was opened")
  func unterminated() {
    let failure = readingError("a,b\n1,x\n2,\"y\n3,z\n")
    #expect(failure?.kind == .unterminatedQuote)
    #expect(failure?.line == 3)
    #expect(readingError("a,b\n1,\"x\"y\n")?.kind == .malformedQuote)
  }

  @Test("Two columns of one name are an error that names both")
  func duplicates() {
    #expect(
      readingError("a,b,a\n1,2,3\n")?.description
        == "t.csv: line 1: columns 1 and 3 are both named 'a'; names have to differ")
    #expect(readingError("1,2\n", names: ["x", "x"])?.kind == .duplicateName)
  }

  @Test("An empty file, blank lines alone and a header alone are errors of their own")
  func empty() throws {
    #expect(readingError("")?.kind == .empty)
    #expect(readingError("\n\n  \n")?.kind == .empty)
    #expect(readingError("\u{FEFF}")?.kind == .empty)
    #expect(readingError("a,b\n")?.kind == .headerOnly)
    #expect(readingError("a,b")?.kind == .headerOnly)
  }

  @Test("A file that is not there and a directory say so")
  func files() {
    let absent = error { () throws(TableError) in try Table(csv: "/nowhere/x.csv") }
    #expect(absent?.description == "/nowhere/x.csv: there is no such file")
    #expect(error { () throws(TableError) in try Table(csv: "/") }?.kind == .directory)
  }

  @Test("A delimiter that cannot separate fields is refused")
  func delimiter() {
    for character: Character in ["\"", "\n", "5", "é", "a", "."] {
      var options = CSVOptions()
      options.delimiter = character
      #expect(readingError("a,b\n1,2\n", options: options)?.kind == .badOption)
    }
  }

  @Test("A misspelt column is answered with the nearest one")
  func unknownColumn() throws {
    let table = try Table(csvText: "median_income,age\n1,2\n")
    let failure = error { () throws(TableError) in try table.column("median_incom") }
    #expect(failure?.message.contains("did you mean 'median_income'?") == true)
    #expect(table["x"] == nil)
    #expect(error { () throws(TableError) in try table.selecting(["age", "x"]) }?.kind == .unknownColumn)
  }

  @Test("Bytes at random are a table or an error, never a crash")
  func randomBytes() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("random bytes: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    let alphabet = Array("a1,;\t|\"\"\n\r -.eE#?\u{E9}0".utf8) + [0xFF, 0x00]
    for _ in 0..<4000 {
      let count = Int.random(in: 0...40, using: &generator)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator)! }
      do throws(TableError) {
        let table = try Table(
          csvBytes: FileBytes(copying: bytes), file: nil, names: nil, types: [:], options: CSVOptions())
        #expect(table.rowCount > 0)
        #expect(table.columnValues.allSatisfy { $0.count == table.rowCount })
      } catch {
        #expect(error.message != "")
      }
    }
  }
}
