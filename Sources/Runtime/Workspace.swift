import CGliaKernels
import GliaGraph
import GliaPasses

/// The memory in which a plan runs for one caller, with every address resolved: a run is a walk over a flat array.
package final class Workspace: Executable {
  private let plan: Plan
  private let arena: Buffer
  private let inputs: [Buffer]
  private var elsewhere: [Int: UnsafeRawPointer] = [:]
  private let context: OpaquePointer
  private var owned: [UnsafeMutableRawPointer] = []
  private var fallbacks: [ReferenceCall] = []
  // A run reads these without Swift's check for overlapping access, which costs as much as a small kernel.
  @exclusivity(unchecked) private var calls: OpaquePointer?
  /// Of the variables whose addresses were resolved.
  @exclusivity(unchecked) private var layout: Layout

  package init(_ plan: Plan, threads: Int) {
    self.plan = plan
    arena = Buffer(byteCount: plan.arenaByteCount)
    inputs = plan.inputs.map { Buffer(byteCount: $0.byteCount) }
    context = glia_context_create(Int32(threads))
    layout = Layout(of: plan.variables)
    bind()
  }

  deinit {
    glia_plan_destroy(calls)
    for pointer in owned { pointer.deallocate() }
    glia_context_destroy(context)
  }

  package func inputAddress(_ index: Int) -> UnsafeMutableRawPointer { inputs[index].address }

  package func readInput(_ index: Int, at address: UnsafeRawPointer) {
    guard elsewhere[index] != address else { return }
    elsewhere[index] = address
    bind()
  }

  package func outputAddress(_ index: Int) -> UnsafeRawPointer { .init(address(plan.outputs[index].location)) }

  package func run() {
    if !layout.holds {
      layout = Layout(of: plan.variables)
      bind()
    }
    glia_plan_run(calls)
  }

  package var description: String { plan.description }

  // ---- Binding

  private func bind() {
    glia_plan_destroy(calls)
    for pointer in owned { pointer.deallocate() }
    owned = []
    fallbacks = []
    let bound = plan.calls.map(bound)
    calls = glia_plan_create(bound, bound.count, context)
  }

  private func address(_ location: Plan.Location) -> UnsafeMutableRawPointer {
    let base: UnsafeMutableRawPointer
    switch location.place {
    case .arena(let block): base = arena.address + plan.blocks[block].offset
    case .input(let index):
      // Nothing is written to inputs.
      base = elsewhere[index].map { .init(mutating: $0) } ?? inputs[index].address
    case .variable(let index): base = plan.variables[index].address
    case .constant(let index): base = plan.constants[index].address
    }
    return base + location.byteOffset
  }

  /// Whether whole vectors may be read though an array ends within one, as in all buffers.
  private func hasSlack(_ location: Plan.Location) -> Bool {
    if case .input(let index) = location.place { elsewhere[index] == nil } else { true }
  }

  private func keep<T>(_ value: T) -> UnsafePointer<T> {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: 1)
    pointer.initialize(to: value)
    owned.append(.init(pointer))
    return .init(pointer)
  }

  private func keep<T>(_ values: [T]) -> UnsafePointer<T> {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
    pointer.initialize(from: values, count: values.count)
    owned.append(.init(pointer))
    return .init(pointer)
  }

  private func bound(_ call: Plan.Call) -> glia_call {
    switch call {
    case .program(let program):
      let arguments = keep(bound(program))
      glia_context_reserve(context, glia_program_scratch(arguments))
      return glia_call(kernel: glia_program_kernel, arguments: arguments)
    case .product(let a, let b, let c, let start, let batch, let m, let n, let k, let dtype, let epilogue):
      return bound(a, b, c, start, batch, m, n, k, dtype, epilogue)
    case .copy(let from, let fromStrides, let to, let toStrides, let dimensions, let elementSize):
      var copy = glia_copy()
      copy.src = .init(address(from))
      copy.dst = address(to)
      copy.rank = Int32(dimensions.count)
      copy.element_size = Int32(elementSize)
      withUnsafeMutableBytes(of: &copy.dims) { $0.copyBytes(from: dimensions.map(Int64.init).bytes) }
      withUnsafeMutableBytes(of: &copy.src_strides) { $0.copyBytes(from: fromStrides.map(Int64.init).bytes) }
      withUnsafeMutableBytes(of: &copy.dst_strides) { $0.copyBytes(from: toStrides.map(Int64.init).bytes) }
      return glia_call(kernel: glia_copy_kernel, arguments: keep(copy))
    case .fill(let location, let count, let elementSize, let bits):
      return glia_call(
        kernel: glia_fill_kernel,
        arguments: keep(
          glia_fill(
            dst: address(location), count: Int64(count), element_size: Int32(elementSize), bits: bits)))
    case .random(let key, let to, let count, let stream, let dtype):
      return glia_call(
        kernel: glia_random_kernel,
        arguments: keep(
          glia_random(
            key: .init(address(key).assumingMemoryBound(to: Int64.self)), dst: address(to), count: Int64(count),
            stream: stream, type: UInt8(dtype.kernelType.rawValue))))
    case .reference(let primitive, let operands, let to, let type):
      return bound(primitive, operands, to, type)
    case .overlapAdd(
      let from, let fromStrides, let to, let toStrides, let dimensions, let outer, let count, let dtype):
      var overlap = glia_overlap_add()
      overlap.src = .init(address(from))
      overlap.dst = address(to)
      overlap.count = Int64(count)
      overlap.rank = Int32(dimensions.count)
      overlap.outer = Int32(outer)
      overlap.type = UInt8(dtype.kernelType.rawValue)
      withUnsafeMutableBytes(of: &overlap.dims) { $0.copyBytes(from: dimensions.map(Int64.init).bytes) }
      withUnsafeMutableBytes(of: &overlap.src_strides) { $0.copyBytes(from: fromStrides.map(Int64.init).bytes) }
      withUnsafeMutableBytes(of: &overlap.dst_strides) { $0.copyBytes(from: toStrides.map(Int64.init).bytes) }
      return glia_call(kernel: glia_overlap_add_kernel, arguments: keep(overlap))
    default: return boundIndexing(call)
    }
  }

  private func boundIndexing(_ call: Plan.Call) -> glia_call {
    switch call {
    case .gather(
      let from, let indices, let to, let outer, let size, let count, let inner, let elementSize, let indexType,
      let missing):
      return glia_call(
        kernel: glia_gather_kernel,
        arguments: keep(
          glia_gather(
            src: address(from), indices: address(indices), dst: address(to), outer: Int64(outer),
            size: Int64(size), count: Int64(count), inner: Int64(inner), element_size: Int32(elementSize),
            index_type: UInt8(indexType.kernelType.rawValue), missing: missing)))
    case .scatterAdd(
      let from, let indices, let to, let outer, let size, let count, let inner, let dtype, let indexType):
      return glia_call(
        kernel: glia_scatter_add_kernel,
        arguments: keep(
          glia_scatter_add(
            src: address(from), indices: address(indices), dst: address(to), outer: Int64(outer),
            size: Int64(size), count: Int64(count), inner: Int64(inner),
            type: UInt8(dtype.kernelType.rawValue), index_type: UInt8(indexType.kernelType.rawValue))))
    default: preconditionFailure("Every other call is bound above.")
    }
  }

  private func bound(
    _ a: Plan.Matrix, _ b: Plan.Matrix, _ c: Plan.Location, _ start: Plan.Rows?, _ batch: Int, _ m: Int, _ n: Int,
    _ k: Int, _ dtype: DType, _ epilogue: Plan.Program?
  ) -> glia_call {
    var product = glia_matmul()
    product.a = .init(address(a.location))
    product.b = .init(address(b.location))
    product.c = address(c)
    product.start = start.map { .init(address($0.location)) }
    product.start_row = Int64(start?.stride ?? 0)
    (product.batch, product.m, product.n, product.k) = (Int64(batch), Int64(m), Int64(n), Int64(k))
    (product.a_row, product.a_column, product.a_batch) = (Int64(a.row), Int64(a.column), Int64(a.batch))
    (product.b_row, product.b_column, product.b_batch) = (Int64(b.row), Int64(b.column), Int64(b.batch))
    (product.c_row, product.c_batch) = (Int64(n), Int64(m * n))
    product.type = UInt8(dtype.kernelType.rawValue)
    product.b_slack = hasSlack(b.location) ? 1 : 0
    product.a_bfloat16 = a.dtype == .bfloat16 ? 1 : 0
    product.b_bfloat16 = b.dtype == .bfloat16 ? 1 : 0
    product.epilogue = epilogue.map { keep(bound($0)) }
    let arguments = keep(product)
    glia_context_reserve(context, glia_matmul_scratch(arguments))
    return glia_call(kernel: glia_matmul_kernel, arguments: arguments)
  }

  /// Whether nothing else lies in the last line of what is stored: it is all of a block, and blocks begin at lines.
  private func ownsItsLine(_ store: Plan.Stream, _ program: Plan.Program) -> Bool {
    guard case .arena(let block) = store.location.place, store.location.byteOffset == 0 else { return false }
    return plan.blocks[block].byteCount == program.rows * program.columns * store.dtype.byteCount
  }

  private func bound(_ program: Plan.Program) -> glia_program {
    func stream(_ stream: Plan.Stream, slack: Bool) -> glia_stream {
      glia_stream(
        data: address(stream.location), row_stride: Int64(stream.rowStride),
        type: UInt8(stream.dtype.kernelType.rawValue), layout: UInt8(stream.layout.rawValue),
        reg: UInt16(stream.register), slack: slack ? 1 : 0)
    }
    let accumulators = program.accumulators.map {
      glia_accumulator(
        data: address($0.location), operation: UInt8($0.operation.rawValue), layout: UInt8($0.layout.rawValue),
        type: UInt8($0.dtype.kernelType.rawValue), reg: UInt16($0.register))
    }
    let constants = program.constants.map {
      glia_constant(value: $0.value, reg: UInt16($0.register), per_row: $0.perRow ? 1 : 0)
    }
    return glia_program(
      rows: Int64(program.rows), columns: Int64(program.columns), type: UInt8(program.dtype.kernelType.rawValue),
      register_count: UInt16(program.registerCount), load_count: Int32(program.loads.count),
      constant_count: Int32(constants.count), instruction_count: Int32(program.instructions.count),
      store_count: Int32(program.stores.count), accumulator_count: Int32(accumulators.count),
      loads: keep(program.loads.map { stream($0, slack: hasSlack($0.location)) }), constants: keep(constants),
      instructions: keep(program.instructions),
      stores: keep(program.stores.map { stream($0, slack: ownsItsLine($0, program)) }),
      accumulators: keep(accumulators))
  }

  private func bound(
    _ primitive: any Primitive, _ operands: [(Plan.Location, TensorType)], _ to: Plan.Location, _ type: TensorType
  ) -> glia_call {
    let call = ReferenceCall(
      primitive: primitive, operands: operands.map { (.init(address($0)), $1) }, target: address(to), type: type)
    fallbacks.append(call)
    return glia_call(
      kernel: { arguments, _ in
        Unmanaged<ReferenceCall>.fromOpaque(arguments!).takeUnretainedValue().run()
      }, arguments: Unmanaged.passUnretained(call).toOpaque())
  }
}

/// A primitive without a kernel, evaluated by its own rule. It allocates, and so is for what is rare.
private final class ReferenceCall {
  let primitive: any Primitive
  let operands: [(address: UnsafeRawPointer, type: TensorType)]
  let target: UnsafeMutableRawPointer
  let type: TensorType

  init(
    primitive: any Primitive, operands: [(UnsafeRawPointer, TensorType)], target: UnsafeMutableRawPointer,
    type: TensorType
  ) {
    self.primitive = primitive
    self.operands = operands
    self.target = target
    self.type = type
  }

  func run() {
    let values = operands.map { ReferenceArray($0.type, reading: $0.address) }
    primitive.evaluate(values, type).write(to: target)
  }
}

extension [Int64] {
  fileprivate var bytes: [UInt8] { withUnsafeBytes { Array<UInt8>($0) } }
}
