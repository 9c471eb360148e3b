// The one place that asks which C library the platform has. Whoever calls the operating system imports this module.
#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Glibc
#endif

/// The bytes of memory that this process may take: the machine's, or less where its container or user is limited.
package func memoryLimit() -> Int {
  var bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  var limit = rlimit()
  #if canImport(Glibc)
    let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #else
    let addressSpace = RLIMIT_AS
  #endif
  if getrlimit(addressSpace, &limit) == 0 { bytes = min(bytes, Int(clamping: limit.rlim_cur)) }
  // A container's limit on Linux, in the second and the first form; "max" where there is none.
  for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
    guard let file = fopen(path, "r") else { continue }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 32)
    let count = fread(&text, 1, text.count, file)
    let digits = String(decoding: text[..<count].prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self)
    if let given = Int(digits) { bytes = min(bytes, given) }
  }
  return bytes
}

// Calls that types with a method of the same name cannot reach by their own name.

/// Writes up to `count` bytes to an open file: how many were written, or −1 with `errno`.
package func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }

/// Gives a file another name, in the place of one that has it: 0, or −1 with `errno`.
package func systemRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }

/// Ends the process.
package func systemExit(_ code: Int32) -> Never { exit(code) }
