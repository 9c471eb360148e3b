import ArgumentParser
import GliaFormats
import GliaTables
import GliaTraining

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a table, a model or a file of images holds.")

  @Argument(help: "A table, a model file, or images (IDX).")
  var file: String
  @Option(help: "A column to be predicted: looks for columns that give it away.")
  var target: String?
  @Option(
    help: "A table to score on: looks for rows that are in both, and for columns that are spread otherwise there.")
  var test: String?
  @Option(help: "The columns of a table without a header.", transform: CommaList.names)
  var names: [String]?

  mutating func run() throws {
    if InspectCommand.isModel(file) {
      return try StandardStreams.write(try ModelText.everything(of: file) + "\n")
    }
    if try IDX.isIDX(file) { return try StandardStreams.write(TrainText.found(IDX.read(file), file)) }
    let table = try Table(csv: file, names: names)
    let held = try test.map { try TrainCommand.table($0, like: table, names) }
    try StandardStreams.write("\(try table.inspect(target: target, test: held))\n")
  }

  /// Whether a file is a safetensors file by its beginning, the header's length and an opening brace, or by its name.
  private static func isModel(_ path: String) -> Bool {
    if path.hasSuffix(".safetensors") { return true }
    let bytes = Host.firstBytes(9, of: path)
    return bytes.count == 9 && bytes[4..<8].allSatisfy { $0 == 0 } && bytes[8] == UInt8(ascii: "{")
  }
}
