import Foundation
import Testing

@testable import GliaTables

@Suite("Preprocessing")
struct PreprocessorTests {
  struct Reference: Decodable {
    let x: [Double]
    let training: Int
    let standard, robust, filled, quantileAt, quantileScores: [Double]
    let filledMedian: Double
  }

  private func encoded(_ x: [Double], _ training: Int, _ scaling: Scaling, at values: [Double]? = nil) throws
    -> [[Float]]
  {
    var options = Preprocessor.Options()
    options.scaling = scaling
    let fitted = try Preprocessor.fit(Table([Column("x", numbers: x)]), rows: Array(0..<training), options: options)
    let features = try fitted.transform(Table([Column("x", numbers: values ?? x)]))
    let width = fitted.numericNames.count
    return (0..<features.rowCount).map { row in (0..<width).map { features.numbers[row * width + $0] } }
  }

  @Test("Standard and robust scaling are scikit-learn's, fitted on the training rows alone")
  func scaling() throws {
    let r = try reference("preprocessing.json", as: Reference.self)
    for (row, got) in try encoded(r.x, r.training, .standard).enumerated() {
      #expect(abs(Double(got[0]) - r.standard[row]) < 1e-5 * max(1, abs(r.standard[row])))
    }
    for (row, got) in try encoded(r.x, r.training, .robust).enumerated() {
      let s = r.robust[row]
      #expect(abs(Double(got[0]) - s / (1 + s * s / 9).squareRoot()) < 1e-5)
    }
    let scores = try encoded(Array(r.x[..<r.training]), r.training, .quantile, at: r.quantileAt)
    for (row, got) in scores.enumerated() { #expect(abs(Double(got[0]) - r.quantileScores[row]) < 1e-6) }
  }

  struct ColumnReference: Decodable {
    struct Quantiles: Decodable { let training, at, scores: [Double] }
    struct Squeezed: Decodable {
      let x, y: [Double]
      let training: Int
    }
    let quantiles: [Quantiles]
    let squeezed: Squeezed
  }

  @Test("Normal scores are scikit-learn's with ties, few rows and values beyond those seen; squeezing is RealMLP's")
  func columns() throws {
    let r = try reference("columns.json", in: "columns", as: ColumnReference.self)
    #expect(r.quantiles.count == 3)
    for own in r.quantiles {
      let found = try encoded(own.training, own.training.count, .quantile, at: own.at)
      for (row, got) in found.enumerated() {
        #expect(abs(Double(got[0]) - own.scores[row]) < 1e-6, "at \(own.at[row]) of \(own.training.count) rows")
      }
    }
    for (row, got) in try encoded(r.squeezed.x, r.squeezed.training, .robust).enumerated() {
      #expect(abs(Double(got[0]) - r.squeezed.y[row]) < 1e-6)
    }
  }

  @Test("A missing number is the median with an indicator, as in scikit-learn")
  func missingNumbers() throws {
    let r = try reference("preprocessing.json", as: Reference.self)
    let holed = r.x.enumerated().map { $0 % 7 == 0 ? .nan : $1 }
    for (row, got) in try encoded(holed, r.training, .standard).enumerated() {
      #expect(abs(Double(got[0]) - r.filled[row]) < 1e-5 * max(1, abs(r.filled[row])))
      #expect(got[1] == (row % 7 == 0 ? 1 : 0))
    }
  }

  private let people = """
    id,age,sex,job,city,member,since,const,income
    1,20,m,a,x1,true,2020-01-15,5,low
    2,30,f,b,x2,false,2020-02-15,5,high
    3,,m,c,x3,true,2020-03-15,5,low
    4,40,f,,x4,,2021-04-15,5,high
    """

  private func fitted(oneHotLimit: Int = 3) throws -> (Table, Preprocessor) {
    let table = try Table(csvText: people, file: "people.csv")
    var options = Preprocessor.Options()
    options.oneHotLimit = oneHotLimit
    return (table, try Preprocessor.fit(table, target: "income", options: options))
  }

  @Test("Each kind of column becomes the columns that its rule states")
  func kinds() throws {
    let (table, preprocessor) = try fitted()
    #expect(
      preprocessor.numericNames == [
        "id", "age", "age is missing", "sex=m", "job=a", "job=b", "job=c", "job is missing", "member",
        "member is missing",
        "since elapsed", "since year", "since month sin", "since month cos", "since weekday sin", "since weekday cos",
      ])
    #expect(preprocessor.codeNames == ["city"])
    #expect(preprocessor.cardinalities == [6])
    #expect(preprocessor.dropped == [Preprocessor.Dropped(column: "const", reason: .constant)])
    let features = try preprocessor.transform(table, rows: [3, 2])
    let first = Array(features.numbers[..<16])
    #expect(Array(first[3...9]) == [-1, 0, 0, 0, 1, 0, 1])
    #expect(abs(first[1] - 1.2247449) < 1e-6)
    // 15 April is a Thursday: three sevenths around the circle of weekdays, three twelfths around that of months.
    #expect(abs(first[12] - 1) < 1e-6 && abs(first[13]) < 1e-6)
    #expect(abs(first[14] - 0.43388375) < 1e-6 && abs(first[15] + 0.90096885) < 1e-6)
    #expect(features.codes == [5, 4])
    #expect(Array(features.numbers[17...18]) == [0, 1])
  }

  @Test("A fitted preprocessor survives JSON and gives the same numbers")
  func json() throws {
    let (table, preprocessor) = try fitted()
    let data = try JSONEncoder().encode(preprocessor)
    let again = try JSONDecoder().decode(Preprocessor.self, from: data)
    #expect(again == preprocessor)
    #expect(try again.transform(table) == preprocessor.transform(table))
    for kind in ["number", "binary", "oneHot", "embedding", "date"] {
      #expect(String(decoding: data, as: UTF8.self).contains("\"kind\":\"\(kind)\""))
    }
  }

  @Test("Columns in another order are the same, and added ones are listed")
  func reordered() throws {
    let (table, preprocessor) = try fitted()
    let shuffled = try table.selecting(table.columns.reversed().filter { $0 != "income" && $0 != "const" })
    let added = try Table(shuffled.columnValues + [Column("zip", numbers: [1, 2, 3, 4])])
    let features = try preprocessor.transform(added)
    #expect(features.addedColumns == ["zip"])
    #expect(try features.numbers == preprocessor.transform(table).numbers)
  }

  @Test("Missing columns are all named")
  func missingColumns() throws {
    let (table, preprocessor) = try fitted()
    let failure = error { () throws(TableError) in try preprocessor.transform(table.dropping(["age", "sex"])) }
    #expect(failure?.kind == .missingColumns)
    #expect(failure?.description == "people.csv: the model needs columns 'age', 'sex'")
  }

  @Test("Text where numbers were names column, line and value")
  func otherType() throws {
    let (_, preprocessor) = try fitted()
    let text = people.replacingOccurrences(of: "2,30,f", with: "2,thirty,f")
    let table = try Table(csvText: text, file: "new.csv")
    #expect(
      error { () throws(TableError) in try preprocessor.transform(table) }?.description
        == "new.csv: line 3, column 'age': 'thirty' is not a number, as every value of this column was in training")
    #expect(error { () throws(TableError) in try preprocessor.transform(table.rows([3, 1])) }?.line == 3)
    let words = try Table(csvText: people.replacingOccurrences(of: "2020-02-15", with: "soon"), file: "new.csv")
    #expect(error { () throws(TableError) in try preprocessor.transform(words) }?.line == 3)
    let failure = try withFile(text.utf8) { path in error { () throws(TableError) in try preprocessor.table(csv: path) }
    }
    #expect(failure?.line == 3 && failure?.column == "age")
  }

  @Test("An unseen category goes to its bucket and is counted")
  func unseen() throws {
    let (_, preprocessor) = try fitted()
    let text = people.replacingOccurrences(of: "f,b,x2", with: "d,z,x9")
    let features = try preprocessor.transform(Table(csvText: text))
    #expect(features.unseen == ["sex": 1, "job": 1, "city": 1])
    #expect(features.codes == [2, 1, 4, 5])
    #expect(Array(features.numbers[19...23]) == [0, 0, 0, 0, 0])
  }

  @Test("Rare levels share a column with the unseen once there are a hundred rows")
  func rare() throws {
    let levels = (0..<120).map { $0 == 7 ? "once" : ["a", "b", "c"][$0 % 3] }
    let preprocessor = try Preprocessor.fit(Table([Column("c", categories: levels)]))
    #expect(preprocessor.numericNames == ["c=a", "c=b", "c=c", "c is rare"])
    let features = try preprocessor.transform(Table([Column("c", categories: ["once", "new", "b", nil])]))
    #expect(features.numbers == [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test("Identifiers are dropped unless they are asked for")
  func identifiers() throws {
    let table = try Table([
      Column("run", integers: (0..<30).map { 1000 + $0 }), Column("size", integers: (0..<30).map { $0 * $0 * 50 }),
      Column("code", categories: (0..<30).map { "c\($0)" }), Column("user_id", integers: (0..<30).map { $0 * $0 * 77 }),
    ])
    let preprocessor = try Preprocessor.fit(table)
    #expect(preprocessor.dropped.map(\.column) == ["run", "code", "user_id"])
    #expect(preprocessor.warnings.count == 3 && preprocessor.warnings[0].contains("'run'"))
    #expect(try Preprocessor.fit(table, features: ["run", "size"]).dropped.isEmpty)
    // To leave one column out asks for no other.
    let fewer = try Preprocessor.fit(table, dropping: ["run"])
    #expect(fewer.columns.map(\.column) == ["size"] && fewer.dropped.map(\.column) == ["code", "user_id"])
  }

  @Test("Infinite and absurd values stay finite")
  func extremes() throws {
    for scaling in Scaling.allCases {
      let training = try encoded([1, 2, 3, 4, 1e308, -1e308], 4, scaling, at: [.infinity, -.infinity, 1e308, .nan, 3])
      #expect(training.joined().allSatisfy { $0.isFinite }, "\(scaling)")
      let huge = try encoded([1e308, -1e308, 1e308, 5], 4, scaling)
      #expect(huge.joined().allSatisfy { $0.isFinite }, "\(scaling)")
    }
  }

  @Test("A table with nothing to learn from says why")
  func nothing() throws {
    let table = try Table([Column("a", numbers: [1, 1]), Column("b", numbers: [.nan, .nan])])
    let failure = error { () throws(TableError) in try Preprocessor.fit(table) }
    #expect(failure?.kind == .noFeatures)
    #expect(failure?.message.contains("'a'") == true && failure?.message.contains("'b'") == true)
    #expect(error { () throws(TableError) in try Preprocessor.fit(table, rows: []) }?.kind == .noRows)
    #expect(error { () throws(TableError) in try Preprocessor.fit(table, features: ["x"]) }?.kind == .unknownColumn)
  }
}

@Suite("Targets")
struct TargetTests {
  @Test("The task follows from the target")
  func task() {
    func task(_ values: [Int?]) -> LearningTask { TargetEncoding.task(of: Column("y", integers: values)) }
    #expect(task([0, 1, 1, nil]) == .classification)
    #expect(task([2, 4, 2]) == .classification)
    #expect(task([1, 2, 3, 3]) == .classification)
    #expect(task([0, 1, 2, 3]) == .classification)
    #expect(task([3, 4, 5, 6, 7, 8, 9]) == .regression)
    #expect(task([1, 2, 4]) == .regression)
    #expect(task(Array(1...11)) == .regression)
    #expect(TargetEncoding.task(of: Column("y", numbers: [0, 1, .nan, 1])) == .classification)
    #expect(TargetEncoding.task(of: Column("y", numbers: [0.5, 1])) == .regression)
    #expect(TargetEncoding.task(of: Column("y", categories: ["a", "b"])) == .classification)
    #expect(TargetEncoding.task(of: Column("y", booleans: [true, false])) == .classification)
  }

  @Test("Classes are sorted, counted in the training rows, and numbers among them by size")
  func classes() throws {
    let table = try Table([Column("y", integers: [2, 10, 2, nil, 1]), Column("x", numbers: [1, 2, 3, 4, 5])])
    let target = try TargetEncoding.fit(table, column: "y", rows: [0, 1, 2, 3], task: .classification)
    #expect(target.levels == ["1", "2", "10"] && target.counts == [0, 2, 1])
    let encoded = try target.encode(table)
    #expect(encoded.classes == [1, 2, 1, 0] && encoded.rows == [0, 1, 2, 4] && encoded.missing == 1)
  }

  @Test("A regression's target is scaled by the training rows and comes back in its own unit")
  func regression() throws {
    let table = try Table([Column("y", numbers: [10, 20, 30, 1000, .nan])])
    let target = try TargetEncoding.fit(table, column: "y", rows: [0, 1, 2])
    #expect(target.task == .regression && target.mean == 20 && abs(target.deviation - 8.16496580927726) < 1e-12)
    #expect(target.minimum == 10 && target.maximum == 30)
    let encoded = try target.encode(table, rows: [0, 3, 4])
    #expect(encoded.numbers == [10, 1000] && encoded.rows == [0, 3] && encoded.missing == 1)
    #expect(abs(target.unscaled(encoded.scaled[0]) - 10) < 1e-5)
  }

  @Test("Rows without a target are left out and counted")
  func missingTarget() throws {
    let table = try Table([Column("y", numbers: [1, .nan, 3.5, .nan]), Column("x", numbers: [1, 1, 2, 900])])
    let preprocessor = try Preprocessor.fit(table, target: "y")
    #expect(preprocessor.warnings == ["2 rows without a value of 'y' left out"])
    #expect(try preprocessor.transform(table, rows: [0, 2]).numbers == [-1, 1])
  }

  @Test("A target that is missing, constant, infinite or no number is an error")
  func badTargets() throws {
    func kind(_ column: Column, task: LearningTask? = nil) throws -> TableError.Kind? {
      let table = try Table([column, Column("x", numbers: (0..<column.count).map(Double.init))])
      return error { () throws(TableError) in try Preprocessor.fit(table, target: "y", task: task) }?.kind
    }
    #expect(try kind(Column("y", numbers: [.nan, .nan])) == .allMissing)
    #expect(try kind(Column("y", numbers: [7, 7, .nan])) == .constantTarget)
    #expect(try kind(Column("y", numbers: [2.5, 2.5])) == .constantTarget)
    #expect(try kind(Column("y", categories: ["a", "a"])) == .constantTarget)
    #expect(try kind(Column("y", numbers: [0.5, .infinity, 1])) == .infiniteTarget)
    #expect(try kind(Column("y", categories: ["a", "b"]), task: .regression) == .wrongType)
    let words = try Table([Column("y", categories: ["1", "b"]), Column("x", numbers: [1, 2])])
    #expect(
      error { () throws(TableError) in try TargetEncoding.fit(words, column: "y", task: .regression) }?.description
        == "column 'y': 'b' is not a number, as the target of a regression has to be")
    #expect(try kind(Column("z", categories: ["a", "b"])) == .unknownColumn)
    #expect(try kind(Column("y", categories: (0..<60).map { "c\($0)" })) == .tooManyClasses)
    #expect(try kind(Column("y", categories: (0..<60).map { $0 == 30 ? "oops" : "\($0).5" })) == .wrongType)
  }

  @Test("A class that training did not know names its line; a final dot on every label is passed over")
  func labels() throws {
    let table = try Table(csvText: "x,y\n1,<=50K\n2,>50K\n")
    let target = try TargetEncoding.fit(table, column: "y")
    let other = try Table(csvText: "x,y\n1,<=50K\n2,>99K\n", file: "test.csv")
    let failure = error { () throws(TableError) in try target.encode(other) }
    #expect(failure?.kind == .unseenClass && failure?.line == 3)
    #expect(try target.encode(Table(csvText: "x,y\n1,>50K.\n2,<=50K.\n")).classes == [1, 0])
    let mixed = try Table(csvText: "x,y\n1,>50K.\n2,<=50K\n")
    #expect(error { () throws(TableError) in try target.encode(mixed) }?.kind == .unseenClass)
  }
}
