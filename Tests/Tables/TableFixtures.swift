import Foundation

@testable import GliaTables

/// A file for the length of a test.
func withFile<Result>(_ bytes: some Sequence<UInt8>, _ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "glia-table-\(UUID().uuidString)"
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// The error that reading this text ends with.
func readingError(
  _ text: String, names: [String]? = nil, types: [String: ColumnType] = [:], options: CSVOptions = CSVOptions()
) -> TableError? {
  do throws(TableError) {
    _ = try Table(csvText: text, file: "t.csv", names: names, types: types, options: options)
    return nil
  } catch {
    return error
  }
}

func error<Value>(_ body: () throws(TableError) -> Value) -> TableError? {
  do throws(TableError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// A reference file that lies beside the script that made it.
func reference<Value: Decodable>(_ name: String, in group: String = "tables", as type: Value.Type) throws -> Value {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  let url = folder.appendingPathComponent("../../References/\(group)/\(name)").standardizedFileURL
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

extension Column {
  /// Every value as text, "-" where missing.
  var texts: [String] { (0..<count).map { text($0) ?? "-" } }
}
