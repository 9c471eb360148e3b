// Matrix products for one instruction set: included after vectors.inc.h and program.inc.h, and puts `matmul_task` into
// the table.
//
// Three ways, and one kernel under them (matmul_kernels.inc.h):
//   - Rows of c in blocks, columns of b read where they lie: most products. Where b's columns are not contiguous, or
//     its rows lie too far apart for the caches, its panels are packed first; likewise the blocks of a.
//   - One to three rows: many columns at once, for memory is the bound.
//   - Few columns: the transposed product, so that the lanes of a vector run along the rows of c.
// Sums are cut in depth so that packed panels stay in the caches; c holds the sum meanwhile.
#include "matmul.h"

#define UNROLL _Pragma("clang loop unroll(full)")
// Keeps the compiler from making one pointer out of several, each step of which would wait for the one before.
#define KEEP_APART(pointer) __asm__("" : "+r"(pointer))

// Rows × vectors of a block: accumulators, one vector for each column of them and a broadcast element fill the
// registers. WIDE_VECTORS, a multiple of VECTORS, is what blocks of up to WIDE_ROWS rows have.
#if GLIA_WIDTH == 64
#define ROWS 14
#define VECTORS 2
#define WIDE_VECTORS 8
#define MASKED 1  // part of a vector is loaded as fast as all of it
#define PIECE(from) _mm_loadu_ps((const float *)(from))
#define GATHER_PIECES(from, stride)                                                                        \
  _mm512_mask_broadcast_f32x4(                                                                             \
      _mm512_mask_broadcast_f32x4(                                                                         \
          _mm512_mask_broadcast_f32x4(_mm512_castps128_ps512(PIECE(from)), 0x00f0, PIECE(from + stride)),  \
          0x0f00, PIECE(from + 2 * (stride))),                                                             \
      0xf000, PIECE(from + 3 * (stride)))
#define LOW32(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH32(a, b) \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW64(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define HIGH64(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#elif GLIA_WIDTH == 32
#define ROWS 6
#define VECTORS 2
#define WIDE_VECTORS 4
#define MASKED 0
#define PIECE(from) _mm_loadu_ps((const float *)(from))
#define GATHER_PIECES(from, stride) \
  _mm256_insertf128_ps(_mm256_castps128_ps256(PIECE(from)), PIECE(from + stride), 1)
#define LOW32(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH32(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW64(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define HIGH64(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#else
#define ROWS 6
#define VECTORS 4
#define WIDE_VECTORS 8
#define MASKED 0
#define GATHER_PIECES(from, stride) LOAD(from)
#define LOW32(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH32(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LOW64(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HIGH64(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif
#define WIDE_ROWS 3

/// The program that runs over finished rows of c, and where in it the product at hand stands. The rectangles it gets
/// depend on shapes alone, for the order of a sum over all of c depends on them.
typedef struct {
  const glia_program *program;  // or NULL
  int64_t row, column, columns;
  int64_t step;                 // rows of a rectangle
  int64_t chunk_rows;           // what rectangles do not straddle, or 0
  void *scratch, *shared;
  glia_recorder *recorder;
} matmul_epilogue;

static const matmul_epilogue no_epilogue;

/// The row at which the rectangle ends that begins at `row`, both counted from where the product at hand begins.
static int64_t epilogue_stop(const matmul_epilogue *epilogue, int64_t row, int64_t rows) {
  int64_t stop = row + epilogue->step;
  if (epilogue->chunk_rows) {
    const int64_t chunk_end = row + epilogue->chunk_rows - (epilogue->row + row) % epilogue->chunk_rows;
    if (stop > chunk_end) stop = chunk_end;
  }
  return stop < rows ? stop : rows;
}

/// Runs over the rectangles that begin at row `done` and end by row `finished`, of `rows` in all; where the last ends.
static int64_t run_finished(const matmul_epilogue *epilogue, int64_t done, int64_t finished, int64_t rows) {
  if (!epilogue->program) return finished;
  for (int64_t stop; done < finished && (stop = epilogue_stop(epilogue, done, rows)) <= finished; done = stop) {
    program_rectangle(epilogue->program, epilogue->row + done, epilogue->row + stop, epilogue->column,
                      epilogue->column + epilogue->columns, epilogue->scratch, epilogue->shared, epilogue->recorder);
  }
  return done;
}

/// Over some columns of the rows from `row` on.
static matmul_epilogue epilogue_piece(const matmul_epilogue *epilogue, int64_t row, int64_t column, int64_t columns) {
  matmul_epilogue piece = *epilogue;
  if (!piece.program) return piece;
  piece.row += row;
  piece.column += column;
  piece.columns = columns;
  piece.step = glia_matmul_epilogue_rows(columns);
  return piece;
}

static void run_epilogue(const matmul_epilogue *epilogue, int64_t rows) { run_finished(epilogue, 0, rows, rows); }

static matmul_epilogue epilogue_of(const glia_matmul *matmul, int64_t row, int64_t column, int64_t columns,
                                   void *scratch, void *shared, glia_recorder *recorder) {
  if (!matmul->epilogue) return no_epilogue;
  return (matmul_epilogue){
    .program = matmul->epilogue,
    .row = row,
    .column = column,
    .columns = columns,
    .step = glia_matmul_epilogue_rows(columns),
    .chunk_rows = matmul->epilogue->accumulator_count ? glia_program_chunk_rows(matmul->epilogue) : 0,
    .scratch = (char *)scratch + glia_matmul_pack_bytes(matmul, columns),
    .shared = shared,
    .recorder = recorder,
  };
}

#define S float
#define V f32v
#define LANES LANES32
#define QUAD 4  // elements of 16 bytes
#define QUAD_TRANSPOSE(in, out)                                                                                   \
  do {                                                                                                            \
    const quad_f32 low01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);                                         \
    const quad_f32 high01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);                                        \
    const quad_f32 low23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);                                         \
    const quad_f32 high23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);                                        \
    out[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);                                                   \
    out[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);                                                   \
    out[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);                                                 \
    out[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);                                                 \
  } while (0)
#define LOAD load_f32
#define STORE store_f32
#define LOAD_PART load_part_f32
#define STORE_PART store_part_f32
#define N(name) name##_f32
#include "matmul_kernels.inc.h"
#include "matmul_tile.inc.h"
#undef S
#undef V
#undef LANES
#undef QUAD
#undef QUAD_TRANSPOSE
#undef LOAD
#undef STORE
#undef LOAD_PART
#undef STORE_PART
#undef N

#define S double
#define V f64v
#define LANES LANES64
#define QUAD 2
#define QUAD_TRANSPOSE(in, out) \
  (out[0] = __builtin_shufflevector(in[0], in[1], 0, 2), out[1] = __builtin_shufflevector(in[0], in[1], 1, 3))
#define LOAD load_f64
#define STORE store_f64
#define LOAD_PART load_part_f64
#define STORE_PART store_part_f64
#define N(name) name##_f64
#include "matmul_kernels.inc.h"
#include "matmul_tile.inc.h"
#undef S
#undef V
#undef LANES
#undef QUAD
#undef QUAD_TRANSPOSE
#undef LOAD
#undef STORE
#undef LOAD_PART
#undef STORE_PART
#undef N

#include "matmul_half.inc.h"

static void matmul_task(const glia_matmul *matmul, const glia_matmul_part *part, void *scratch, void *shared,
                        glia_recorder *recorder) {
  if (matmul->a_bfloat16 || matmul->b_bfloat16) {
    task_half(matmul, part, scratch, shared, recorder);
  } else if (matmul->type == GLIA_FLOAT64) {
    task_f64(matmul, part, scratch, shared, recorder);
  } else {
    task_f32(matmul, part, scratch, shared, recorder);
  }
}

#undef UNROLL
#undef KEEP_APART
#undef PIECE
#undef ROWS
#undef VECTORS
#undef WIDE_VECTORS
#undef WIDE_ROWS
#undef MASKED
#undef GATHER_PIECES
#undef LOW32
#undef HIGH32
#undef LOW64
#undef HIGH64
