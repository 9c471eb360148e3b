// The inner loops of Glia: what a compiled plan calls, and nothing else.
//
// Goals, in order:
//   1. The same bits on every instruction set and at every number of threads. Vectors have 16 virtual lanes on
//      every machine (64 bytes of float32, 128 bytes of float64); multiply-adds are fused where they are written
//      and nowhere else; work is cut by its size, never by the number of threads.
//   2. Speed, from a few numbers to a few million: no allocation, no lock and no look-up while a plan runs.
//   3. One source for AVX-512, AVX2 with FMA, NEON and portable C.
//
// Kernels never fail: the planner above has checked every shape. Pointers may be unaligned.
#ifndef GLIA_KERNELS_H
#define GLIA_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Element types as they lie in memory ------------------------------------------------------------------

typedef enum {
  GLIA_FLOAT32 = 0,
  GLIA_FLOAT64 = 1,
  GLIA_INT32 = 2,
  GLIA_INT64 = 3,
  GLIA_BOOL = 4,  // one byte, 0 or 1
  GLIA_BFLOAT16 = 5,
  GLIA_FLOAT16 = 6,
} glia_type;

// ---- Running a plan -----------------------------------------------------------------------------------------

/// What one run at a time owns: scratch memory for each thread, and how many threads it may use.
typedef struct glia_context glia_context;

/// A context that may use up to `threads` threads (at least 1).
glia_context *glia_context_create(int threads);
void glia_context_destroy(glia_context *context);
int glia_context_threads(const glia_context *context);

/// Scratch memory in bytes, aligned to 64: what each thread has for itself, and what all threads share.
typedef struct {
  size_t per_thread, shared;
} glia_scratch;
/// Sees to it that the context has at least this much. Called when a plan is bound, never while it runs.
void glia_context_reserve(glia_context *context, glia_scratch scratch);

typedef void (*glia_kernel)(const void *arguments, glia_context *context);

typedef struct {
  glia_kernel kernel;
  const void *arguments;
} glia_call;

/// Calls in the order in which they run. Small ones have been taken apart into the inner functions that they come to.
typedef struct glia_plan glia_plan;

/// Prepares calls for one context, which has to have the scratch that they need. Their arguments and all memory that they
/// name have to stay where they are as long as the plan is used.
glia_plan *glia_plan_create(const glia_call *calls, size_t count, glia_context *context);
void glia_plan_destroy(glia_plan *plan);
/// Meanwhile numbers below the least normal one are zeros, read and written (subnormals.h says why).
void glia_plan_run(const glia_plan *plan);

/// Takes subnormal numbers for zeros on this thread, and on those that share its work, as a run of a plan does. Kernels by
/// themselves go by the thread that calls them.
uint64_t glia_flush_subnormals(void);
/// As it was before: `before` is what `glia_flush_subnormals` gave.
void glia_restore_subnormals(uint64_t before);

/// "avx512", "avx2", "neon" or "portable": picked once per process from what the processor has, or from the
/// environment variable GLIA_INSTRUCTION_SET.
const char *glia_instruction_set(void);
/// Switches the whole process, for tests; false where the processor lacks it. Not while a plan runs.
bool glia_use_instruction_set(const char *name);

// ---- Tile programs: any chain of elementwise operations and reductions in one pass over memory ---------------
//
// A program runs over a rectangle of rows × columns, a tile of about a thousand elements at a time, so that what
// passes between its instructions stays in the first-level cache. Registers hold one tile each: `rows in the tile`
// × `columns` scalars (or `columns` in pieces where a row is longer than a tile and no instruction looks along a row),
// or, for an instruction with `per_row`, one scalar for each row of the tile.

typedef enum {
  // one operand: dst = f(a)
  GLIA_COPY, GLIA_NEGATE, GLIA_ABS, GLIA_SIGN, GLIA_SQUARE, GLIA_SQRT, GLIA_RSQRT, GLIA_RECIPROCAL,
  GLIA_EXP, GLIA_EXPM1, GLIA_LOG, GLIA_LOG1P, GLIA_SIN, GLIA_COS, GLIA_TANH, GLIA_SIGMOID, GLIA_ERF,
  GLIA_FLOOR, GLIA_CEIL, GLIA_ROUND /* half to even */, GLIA_NOT, GLIA_IS_NAN,
  // two: dst = f(a, b); comparisons and logic give 0 or 1
  GLIA_ADD, GLIA_SUBTRACT, GLIA_MULTIPLY, GLIA_DIVIDE, GLIA_POWER, GLIA_MAXIMUM /* NaN wins */, GLIA_MINIMUM,
  GLIA_EQUAL, GLIA_NOT_EQUAL, GLIA_LESS, GLIA_LESS_EQUAL, GLIA_AND, GLIA_OR,
  // three
  GLIA_SELECT,         // dst = a != 0 ? b : c
  GLIA_MULTIPLY_ADD,      // dst = a * b + c, fused
  GLIA_SUBTRACT_PRODUCT,  // dst = c - a * b, fused
  // along a row
  GLIA_ROW_SUM, GLIA_ROW_MAXIMUM, GLIA_ROW_MINIMUM,  // dst (per row) = reduction of a over the columns
  GLIA_ROW_EXPAND,                                    // dst (per element) = a (per row), repeated over the columns
  GLIA_OPERATION_COUNT
} glia_operation;

typedef struct {
  uint8_t operation;  // glia_operation
  uint8_t per_row;    // 1: operands and result hold one scalar a row. Row reductions and GLIA_ROW_EXPAND leave it 0
  uint16_t dst, a, b, c;  // registers; unused ones 0
} glia_instruction;

/// What may be touched of memory behind an array that has slack, so that small arrays need no parts of vectors. What is
/// found there does not matter.
enum { GLIA_SLACK = 64 };

/// How an array in memory lies over the rectangle.
typedef enum {
  GLIA_FULL,        // element (i, j) at data[i * row_stride + j]
  GLIA_PER_ROW,     // row i's scalar at data[i * row_stride]; its register is per row
  GLIA_PER_COLUMN,  // column j's scalar at data[j]; its register holds it for every row of the tile
  GLIA_SCALAR,      // data[0]; its register holds it for every element of the tile
} glia_layout;

typedef struct {
  void *data;
  int64_t row_stride;  // in elements
  uint8_t type;        // glia_type in memory; converted on the way, floats to integers by truncation
  uint8_t layout;      // glia_layout; stores are GLIA_FULL or GLIA_PER_ROW
  uint16_t reg;
  uint8_t slack;       // 1: the last line of GLIA_SLACK bytes, counted from data, may be read whole, of a store written
} glia_stream;

typedef struct {
  double value;
  uint16_t reg;     // filled with the value once a run
  uint8_t per_row;
} glia_constant;

/// A reduction that crosses rows. Its result is in memory when the program has ended, not before.
typedef struct {
  void *data;         // one scalar a column (GLIA_PER_COLUMN) or one in all (GLIA_SCALAR)
  uint8_t operation;  // GLIA_ROW_SUM, GLIA_ROW_MAXIMUM or GLIA_ROW_MINIMUM
  uint8_t layout;     // GLIA_PER_COLUMN or GLIA_SCALAR
  uint8_t type;       // glia_type in memory
  uint16_t reg;       // a register that holds one scalar an element
} glia_accumulator;

/// A whole program. It may store into memory that it also loads, where both are GLIA_FULL with the same row stride and
/// the same address: each element is read before it is written.
typedef struct {
  int64_t rows, columns;
  uint8_t type;  // what registers hold: GLIA_FLOAT32 or GLIA_FLOAT64
  uint16_t register_count;
  int32_t load_count, constant_count, instruction_count, store_count, accumulator_count;
  const glia_stream *loads;
  const glia_constant *constants;
  const glia_instruction *instructions;
  const glia_stream *stores;
  const glia_accumulator *accumulators;
} glia_program;

/// The scratch that running the program needs.
glia_scratch glia_program_scratch(const glia_program *program);
void glia_program_kernel(const void *program, glia_context *context);

// ---- Matrix products ----------------------------------------------------------------------------------------

/// c[i, j] = start[i, j] + Σ_p a[i, p] · b[p, j], each sum a chain of fused multiply-adds in rising p that starts at
/// start[i, j], or at zero; for each of `batch` pairs of matrices. Any strides (in elements, 0 and negative too) for a and
/// b; the columns of c are contiguous. Widening bfloat16 is exact, so it gives the bits of the widened operand's product.
/// `epilogue` (or NULL) is a program over batch · m rows and n columns; its first load is c itself. It is run block by
/// block while the block is in cache.
typedef struct {
  const void *a, *b;
  void *c;
  int64_t batch, m, n, k;
  int64_t a_row, a_column, a_batch;
  int64_t b_row, b_column, b_batch;
  int64_t c_row, c_batch;
  uint8_t type;     // GLIA_FLOAT32 or GLIA_FLOAT64
  uint8_t b_slack;  // 1: GLIA_SLACK bytes behind b may be read
  uint8_t a_bfloat16, b_bfloat16;  // 1: bfloat16 in memory, which a product of float32 widens as it reads
  const void *start;  // rows of n scalars, or NULL
  int64_t start_row;  // from one row of all matrices to the next; 0 where all start from the same
  const glia_program *epilogue;
} glia_matmul;

/// The scratch that the product needs, its epilogue included.
glia_scratch glia_matmul_scratch(const glia_matmul *matmul);
void glia_matmul_kernel(const void *matmul, glia_context *context);

// ---- Moving data --------------------------------------------------------------------------------------------

enum { GLIA_MAXIMUM_RANK = 8 };

/// dst[Σ i·dst_strides] = src[Σ i·src_strides] for all i below dims: transpose, broadcast, slice, flip, pad, concatenate.
typedef struct {
  const void *src;
  void *dst;
  int32_t rank;          // dims beyond it are not read; 0 copies one element
  int32_t element_size;  // in bytes: 1, 2, 4 or 8
  int64_t dims[GLIA_MAXIMUM_RANK];
  int64_t src_strides[GLIA_MAXIMUM_RANK], dst_strides[GLIA_MAXIMUM_RANK];  // in elements, 0 and negative too
} glia_copy;
void glia_copy_kernel(const void *copy, glia_context *context);

/// count elements of dst = the low element_size bytes of bits.
typedef struct {
  void *dst;
  int64_t count;
  int32_t element_size;
  uint64_t bits;
} glia_fill;
void glia_fill_kernel(const void *fill, glia_context *context);

/// dst[outer, i, :] = src[outer, indices[i], :]: rows of `inner` elements taken by index along an axis of `size` rows.
/// An index outside 0..<size gives `missing` (the low element_size bytes).
typedef struct {
  const void *src, *indices;
  void *dst;
  int64_t outer, size, count, inner;
  int32_t element_size;
  uint8_t index_type;  // GLIA_INT32 or GLIA_INT64
  uint64_t missing;
} glia_gather;
void glia_gather_kernel(const void *gather, glia_context *context);

/// dst[outer, indices[i], :] += src[outer, i, :] into a dst that is zeroed first, in rising i; indices outside are left out.
typedef struct {
  const void *src, *indices;
  void *dst;
  int64_t outer, size, count, inner;
  uint8_t type;  // GLIA_FLOAT32 or GLIA_FLOAT64
  uint8_t index_type;
} glia_scatter_add;
void glia_scatter_add_kernel(const void *scatter, glia_context *context);

/// dst[Σ i·dst_strides] += src[Σ i·src_strides] for all i below dims, in rising order of i, into a dst of `count` elements
/// that is zeroed first. The first `outer` dimensions lead to places of their own.
typedef struct {
  const void *src;
  void *dst;
  int64_t count;
  int32_t rank, outer;
  uint8_t type;  // GLIA_FLOAT32 or GLIA_FLOAT64
  int64_t dims[GLIA_MAXIMUM_RANK];
  int64_t src_strides[GLIA_MAXIMUM_RANK], dst_strides[GLIA_MAXIMUM_RANK];  // in elements
} glia_overlap_add;
void glia_overlap_add_kernel(const void *overlap_add, glia_context *context);

/// Uniform numbers in [0, 1) from Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
/// key = (low, high half of key[0]); counter of block q = (q, low half of key[1], low, high half of stream).
/// float32: element 4q + w is word w of block q, its top 24 bits / 2^24.
/// float64: element 2q + w is the top 53 bits of word 2w + 1 (high) and word 2w (low) / 2^53.
typedef struct {
  const int64_t *key;  // two
  void *dst;
  int64_t count;
  uint64_t stream;
  uint8_t type;  // GLIA_FLOAT32 or GLIA_FLOAT64
} glia_random;
void glia_random_kernel(const void *random, glia_context *context);

// ---- Single operations over arrays, for tests and for code outside plans ------------------------------------

/// dst[i] = operation(a[i], b[i], c[i]) for an elementwise operation; type is GLIA_FLOAT32 or GLIA_FLOAT64.
void glia_apply(glia_operation operation, glia_type type, void *dst, const void *a, const void *b, const void *c,
                size_t count);

#ifdef __cplusplus
}
#endif

#endif
