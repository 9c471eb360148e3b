// What the files of CKernels share with one another and with nobody else.
//
// Each instruction set is one translation unit (avx512.c, avx2.c, neon.c, portable.c) that includes the same sources
// (*.inc.h) under its own target attribute and fills one table of functions.
#ifndef GLIA_INTERNAL_H
#define GLIA_INTERNAL_H

#include "glia_kernels.h"

#if defined(__clang__)
#pragma clang fp contract(off)  // multiply-adds are fused where they are written, and nowhere else
#endif

typedef void (*glia_elementwise)(void *dst, const void *a, const void *b, const void *c, size_t count);

typedef struct glia_matmul_part glia_matmul_part;
typedef struct glia_recorder glia_recorder;

/// Operands of an elementwise operation that are one scalar for all elements: a 1, b 2, c 4.
enum { GLIA_UNIFORM_VARIANTS = 8 };

typedef struct glia_table {
  const char *name;
  /// By type (float32, float64), operation and uniform operands; NULL for the operations along a row, and where all
  /// operands would be uniform.
  glia_elementwise elementwise[2][GLIA_OPERATION_COUNT][GLIA_UNIFORM_VARIANTS];
  /// Runs rows [row0, row1) × columns [column0, column1) of a program; see below.
  void (*program_rectangle)(const glia_program *program, int64_t row0, int64_t row1, int64_t column0, int64_t column1,
                            void *scratch, void *shared, glia_recorder *recorder);
  /// A part of a matrix product, or the whole where `part` is NULL.
  void (*matmul_task)(const glia_matmul *matmul, const glia_matmul_part *part, void *scratch, void *shared,
                      glia_recorder *recorder);
} glia_table;

/// The table in use.
const glia_table *glia_active_table(void);

extern const glia_table glia_portable_table;
#if defined(__x86_64__)
extern const glia_table glia_avx512_table, glia_avx2_table;
#elif defined(__aarch64__)
extern const glia_table glia_neon_table;
#endif

// ---- Threads ------------------------------------------------------------------------------------------------

typedef void (*glia_task)(void *argument, int64_t index, void *scratch, void *shared);
/// Runs task 0 ..< count, each once, on as many threads as the context may have and the pool has free; in rising order on
/// the calling thread alone where `threads` would not pay (count == 1, a context of one thread, a pool in use).
void glia_parallel(glia_context *context, int64_t count, glia_task task, void *argument);
void *glia_context_scratch(glia_context *context);  // of the calling thread, for work that is not cut
void *glia_context_shared(glia_context *context);

// ---- Programs, cut into chunks --------------------------------------------------------------------------------
//
// The rows of a program are cut into chunks whose size depends on the program's shape alone. What a chunk adds to an
// accumulator goes into the chunk's own partial in shared scratch, and the partials are combined in rising order at the
// end: so the bits do not depend on who ran which chunk. Inside a chunk, one thread runs rectangles in rising order.

/// The rows of each chunk (the last may have fewer).
int64_t glia_program_chunk_rows(const glia_program *program);
// The instructions for each element, an elementary function counted as several.
int64_t glia_program_element_work(const glia_program *program);
/// Whether a rectangle may have fewer columns than the program: nothing looks along a row, no scalar accumulator.
bool glia_program_splits_columns(const glia_program *program);
/// Before the first rectangle: the partials' start values.
void glia_program_begin(const glia_program *program, void *shared, glia_recorder *recorder);
/// After the last: combines the partials and stores the accumulators.
void glia_program_end(const glia_program *program, void *shared, glia_recorder *recorder);

// ---- Writing down what kernels do (steps.h) ---------------------------------------------------------------------

/// The kernels with a recorder: they write down what they would do, or refuse.
void glia_program_record(const glia_program *program, glia_context *context, glia_recorder *recorder);
void glia_matmul_record(const glia_matmul *matmul, glia_context *context, glia_recorder *recorder);

#endif
