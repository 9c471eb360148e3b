import CGliaKernels
import GliaGraph

/// Runs compiled plans on the C kernels for this processor.
package struct CPUBackend: Backend {
  package let threads: Int

  package init(threads: Int = CPUBackend.defaultThreads) { self.threads = max(threads, 1) }

  package var name: String { "cpu (\(CPUBackend.instructionSet), \(threads) threads)" }

  package func prepare(_ graph: Graph) -> any Executable { Workspace(Lowering.lower(graph), threads: threads) }

  /// The instruction set that the kernels use: avx512, avx2, neon or portable.
  package static var instructionSet: String { String(cString: glia_instruction_set()) }

  /// The environment variable GLIA_THREADS, or the number of processors.
  package static let defaultThreads: Int = {
    if let text = getenv("GLIA_THREADS"), let count = Int(String(cString: text)), count > 0 { return count }
    return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }()
}
