import Dispatch
import GliaRuntime
import GliaTensors

/// Runs `count` pieces of work, as many at a time as there are threads, each on one thread; one by itself has all of them.
/// What they give is in the order of their numbers, so that it does not depend on the threads.
///
/// - Throws: the error of the first piece that has one, after all have ended.
func sideBySide<Value>(_ count: Int, _ work: (_ index: Int) throws -> Value) throws -> [Value] {
  guard count > 1 else { return try (0..<count).map(work) }
  let workers = min(CPUBackend.defaultThreads, count)
  var results: [Result<Value, any Error>?] = Array(repeating: nil, count: count)
  results.withUnsafeMutableBufferPointer { results in
    nonisolated(unsafe) let results = results  // each worker has its own
    withoutActuallyEscaping(work) { work in
      nonisolated(unsafe) let work = work
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for index in stride(from: worker, to: count, by: workers) {
          results[index] = Result { try withBackend(workers == 1 ? .cpu : .cpuWith(threads: 1)) { try work(index) } }
        }
      }
    }
  }
  return try results.map { try $0!.get() }
}
