import CGliaKernels
import GliaGraph
import GliaPasses

/// A graph compiled to a flat list of kernel calls over one arena: nothing is allocated or looked up while it runs.
///
/// A plan holds no memory but its constants, so it may be shared; each caller brings a ``Workspace``.
package struct Plan {
  /// Where an array lies.
  package struct Location: Hashable {
    package enum Place: Hashable {
      case arena(block: Int)
      case input(Int)
      case variable(Int)
      case constant(Int)
    }
    package var place: Place
    package var byteOffset = 0
  }

  /// An array that a program reads or writes, and how it lies over rows and columns.
  package struct Stream {
    package var location: Location
    package var layout: glia_layout
    package var rowStride: Int
    package var dtype: DType
    package var register: Int
  }

  /// Where the rows of an array lie: the first, and how many elements it is from one to the next.
  package struct Rows {
    package var location: Location
    package var stride: Int
  }

  package struct Accumulator {
    package var location: Location
    package var operation: glia_operation
    package var layout: glia_layout
    package var dtype: DType
    package var register: Int
  }

  package struct Program {
    package var rows, columns: Int
    package var dtype: DType
    package var registerCount = 0
    package var loads: [Stream] = []
    package var constants: [(value: Double, register: Int, perRow: Bool)] = []
    package var instructions: [glia_instruction] = []
    package var stores: [Stream] = []
    package var accumulators: [Accumulator] = []
  }

  /// A matrix as a product reads it: strides in elements. A product of float32 may have it in bfloat16.
  package struct Matrix {
    package var location: Location
    package var row, column, batch: Int
    package var dtype: DType
  }

  package enum Call {
    case program(Program)
    /// `start`: what the sums start from, with stride 0 the same in each row; zeros where nil.
    case product(
      a: Matrix, b: Matrix, c: Location, start: Rows?, batch: Int, m: Int, n: Int, k: Int, DType, epilogue: Program?
    )
    case copy(
      from: Location, fromStrides: [Int], to: Location, toStrides: [Int], dimensions: [Int], elementSize: Int)
    case fill(Location, count: Int, elementSize: Int, bits: UInt64)
    case gather(
      from: Location, indices: Location, to: Location, outer: Int, size: Int, count: Int, inner: Int,
      elementSize: Int, indexType: DType, missing: UInt64)
    case scatterAdd(
      from: Location, indices: Location, to: Location, outer: Int, size: Int, count: Int, inner: Int, DType,
      indexType: DType)
    /// The first `outer` dimensions lead to places of their own; the others meet where their strides do.
    case overlapAdd(
      from: Location, fromStrides: [Int], to: Location, toStrides: [Int], dimensions: [Int], outer: Int, count: Int,
      DType
    )
    case random(key: Location, to: Location, count: Int, stream: UInt64, DType)
    /// No kernel of this backend: the primitive's own evaluation.
    case reference(any Primitive, operands: [(Location, TensorType)], to: Location, TensorType)
  }

  package var calls: [Call] = []
  package var blocks: [MemoryPlan.Block] = []
  package var arenaByteCount = 0
  package var inputs: [TensorType] = []
  package var outputs: [(location: Location, type: TensorType)] = []
  package var variables: [Variable] = []
  package var constants: [Buffer] = []
}
