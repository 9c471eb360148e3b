import GliaFormats

/// What a JSON file under References holds.
func referenceNumbers(_ path: String) throws -> JSONObject {
  let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  let bytes = try MappedFile(path: root + "/References/" + path).withBytes { Array($0) }
  guard let object = try JSONValue(parsing: bytes).object else { throw JSONError.missing(member: path) }
  return object
}

extension JSONValue {
  /// The numbers of a list, in order.
  var numbers: [Double] { (array ?? []).map { $0.number ?? .nan } }
  /// The numbers of a list of lists.
  var matrix: [[Double]] { (array ?? []).map(\.numbers) }
  /// The whole numbers of a list.
  var integers: [Int] { (array ?? []).map { Int($0.integer ?? .min) } }
}
