// The one place that asks which C library the platform has. Whoever calls the operating system imports this module.
#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Glibc
#endif

// Calls that types with a method of the same name cannot reach by their own name.

/// Writes up to `count` bytes to an open file: how many were written, or −1 with `errno`.
package func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }

/// Gives a file another name, in the place of one that has it: 0, or −1 with `errno`.
package func systemRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }

/// Ends the process.
package func systemExit(_ code: Int32) -> Never { exit(code) }
