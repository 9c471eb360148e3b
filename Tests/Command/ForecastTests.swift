import Foundation
import GliaFormats
import Testing

@Suite struct ForecastCommandTests {
  /// Months with a season and a trend.
  private static func months(_ count: Int = 96) -> String {
    let shape = [0, 8, 3, -4, 6, 12, 20, 18, 4, -6, -14, -9]
    return "month,sold\n"
      + (0..<count).map { step in
        "\(2000 + step / 12)-\(step % 12 < 9 ? "0" : "")\(step % 12 + 1),\(200 + shape[step % 12] + step / 2 + step * 7 % 5)\n"
      }.joined()
  }

  private static func folder() throws -> WorkFolder {
    let folder = try WorkFolder()
    try folder.write("sales.csv", months())
    return folder
  }

  private static let asked = [
    "forecast", "sales.csv", "--time", "month", "--target", "sold", "--horizon", "6", "--quiet",
  ]

  @Test("It says what it finds and how well it does, and writes the forecast and the model")
  func forecast() throws {
    let folder = try Self.folder()
    let run = try folder.glia(arguments: Self.asked + ["--epochs", "20", "--networks", "1"])
    #expect(run.code == 0 && run.errors == "", "\(run.errors)")
    #expect(run.output.hasPrefix("sales.csv: 96 steps by the month, from 2000-01 to 2007-12; to forecast: sold\n"))
    for words in [
      "split by time: 68 to learn from, 9 to watch, 19 to score", "seasonal naive", "last value", "in the intervals",
    ] {
      #expect(run.output.contains(words), "\(run.output)")
    }
    #expect(try folder.files == ["sales.csv", "sales.forecast.csv", "sales.safetensors"])
    let lines = try folder.text("sales.forecast.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    #expect(lines[0] == ["month", "sold", "sold lower", "sold upper"] && lines.count == 7)
    #expect(lines.dropFirst().map { $0[0] } == ["2008-01", "2008-02", "2008-03", "2008-04", "2008-05", "2008-06"])
    for line in lines.dropFirst() {
      let numbers = line.dropFirst().compactMap(Double.init)
      #expect(numbers.count == 3 && numbers[1] < numbers[0] && numbers[0] < numbers[2])
      #expect((200...300).contains(numbers[0]))
    }
    let again = try folder.glia("predict", "sales.safetensors", "sales.csv")
    #expect(again.output == (try folder.text("sales.forecast.csv")) && again.code == 0)
    let summary = try folder.glia("summary", "sales.safetensors")
    #expect(summary.output.contains("6 steps of sold by the month") && summary.output.contains("normalizedLinear"))
    #expect(try folder.glia("inspect", "sales.safetensors").output.contains("6 steps of sold by the month"))
  }

  @Test("A model of a series is told from one of a table, with what to do")
  func otherCommands() throws {
    let folder = try Self.folder()
    #expect(try folder.glia(arguments: Self.asked + ["--network", "linear", "--epochs", "2"]).code == 0)
    let run = try folder.glia("evaluate", "sales.safetensors", "sales.csv")
    #expect(run.code == 1 && run.errorLines.count == 1 && run.errors.contains("it forecasts a series"))
    try folder.write("days.csv", "month,sold\n2000-01-01,1\n2000-01-02,2\n2000-01-03,3\n")
    let days = try folder.glia("predict", "sales.safetensors", "days.csv")
    #expect(
      days.code == 1 && days.errors.contains("The series goes by the day, the model learned one that goes by the month")
    )
  }

  @Test("JSON has the same scores as the text, and is all there is")
  func json() throws {
    let folder = try Self.folder()
    let run = try folder.glia(
      arguments: Self.asked + ["--network", "linear", "--epochs", "5", "--json", "--stride", "2"])
    let object = try #require(try JSONValue(parsing: run.output).object)
    let test = try object.object("backtest")
    #expect(try test.integer("origins") == 7)
    #expect(try test.array("entries").compactMap { $0["name"]?.string }.first == "network")
    #expect(try object.array("forecast").count == 6)
    #expect(object["forecast"]?.array?[0]["sold"]?["lower"]?.number != nil)
  }

  @Test(
    "What cannot be forecast is one line of words, and nothing is written",
    arguments: [
      (["--horizon", "60"], 1, "The series has 96 steps. With a horizon of 60 it takes at least"),
      (["--horizon", "0"], 2, "--horizon is 0; it has to be at least 1"),
      (["--time", "when"], 1, "there is no column 'when'"),
      (["--target", "month"], 1, "the column is named twice"),
      (["--level", "1"], 2, "--level is 1; it has to be greater than 0 and less than 1"),
      (["--network", "deep"], 2, "linear"),
      (["--forecast", "sales.csv"], 2, "the forecast would overwrite 'sales.csv'"),
      (["-o", "nowhere/model.safetensors"], 1, "nowhere"),
    ] as [([String], Int32, String)])
  func refusals(_ change: [String], _ code: Int32, _ words: String) throws {
    let folder = try Self.folder()
    var arguments = Self.asked
    if let place = arguments.firstIndex(of: change[0]) {
      arguments[place + 1] = change[1]
    } else {
      arguments += change
    }
    let run = try folder.glia(arguments: arguments)
    #expect(run.code == code && run.errors.contains(words) && run.output == "", "\(run)")
    #expect(try folder.files == ["sales.csv"])
  }

  @Test("What is not said is asked for, with the columns that there are")
  func missing() throws {
    let folder = try Self.folder()
    for (place, words) in [
      (2, "Give --time, one of month, sold"), (4, "Give --target, of month, sold"), (6, "Give --horizon"),
    ] {
      var arguments = Self.asked
      arguments.removeSubrange(place..<place + 2)
      let run = try folder.glia(arguments: arguments)
      #expect(run.code == 2 && run.errors.contains(words), "\(run)")
    }
  }

  @Test("Several series of a file have a forecast each, under their names, and scores each")
  func series() throws {
    let folder = try WorkFolder()
    let lines = Self.months().split(separator: "\n").dropFirst()
    let rows =
      lines.map { "York,\($0)\n" } + lines.dropFirst(20).map { "Leeds,\($0)0\n" }
      + lines.prefix(10).map { "Bath,\($0)\n" }
    try folder.write("shops.csv", "shop,month,sold\n" + rows.joined())
    let asked = ["forecast", "shops.csv", "--time", "month", "--target", "sold", "--horizon", "6", "--quiet"]
    let unsaid = try folder.glia(arguments: asked)
    #expect(unsaid.code == 1 && unsaid.errors.contains("name the column that tells them apart (--series)"))
    let run = try folder.glia(arguments: asked + ["--series", "shop", "--epochs", "5", "--networks", "1"])
    #expect(run.code == 0 && run.errors == "", "\(run.errors)")
    #expect(run.output.hasPrefix("shops.csv: 2 series, 172 steps by the month, from 2000-01 to 2007-12"))
    #expect(run.output.contains("'Bath' is too short to learn from, with 10 steps"))
    for words in ["\n  York ", "\n  Leeds ", "over 2 series, in their deviations", "'Bath' is not forecast"] {
      #expect(run.output.contains(words), "\(run.output)")
    }
    let written = try folder.text("shops.forecast.csv").split(separator: "\n")
    #expect(written.count == 13 && written[0] == "shop,month,sold,sold lower,sold upper")
    #expect(written[1].hasPrefix("York,2008-01,") && written[7].hasPrefix("Leeds,2008-01,"))
    let again = try folder.glia("predict", "shops.safetensors", "shops.csv")
    #expect(again.output == (try folder.text("shops.forecast.csv")) && again.errors.contains("'Bath' is not forecast"))
    #expect(try folder.glia("summary", "shops.safetensors").output.contains("for 2 series by 'shop'"))
  }
}
