// Steps: single calls of inner functions with every address and count resolved.
//
// Which inner functions a small program or product calls, and with what, depends on its shape alone. So a kernel can
// either call them or write them down once, to be called again and again: what finds the tiles, blocks and special
// cases then costs nothing in a run. There is one way through a kernel for both; `glia_perform` is where it forks.
#ifndef GLIA_STEPS_H
#define GLIA_STEPS_H

#include <string.h>

#include "internal.h"

typedef void (*glia_move)(void *dst, const void *src, int64_t count);
typedef void (*glia_move_rows)(void *dst, const void *src, int64_t rows, int64_t columns);
typedef void (*glia_fill_value)(void *dst, double value, int64_t count);

/// What the blocks of one pass of a matrix product have in common; distances in elements.
typedef struct {
  ptrdiff_t a_row, a_step;  // between rows of a block, between steps in depth
  ptrdiff_t b_step, c_row;
  int64_t depth;
  ptrdiff_t start_row;      // between rows of what the sums start from
} glia_pass;
/// `start`: what the sums of the block start from, or NULL for zeros.
typedef void (*glia_block)(const glia_pass *pass, const void *a, const void *b, void *c, int tail, const void *start);

typedef enum {
  GLIA_STEP_APPLY,   // apply(dst, a, b, c, count)
  GLIA_STEP_MOVE,    // move(dst, a, count)
  GLIA_STEP_ROWS,    // rows(dst, a, count, columns)
  GLIA_STEP_FILL,    // fill(dst, value, count)
  GLIA_STEP_BLOCK,   // block(pass = c, a, b, dst, count, start)
  GLIA_STEP_OTHER,   // other(a)
  GLIA_STEP_KERNEL,  // kernel(a, context)
} glia_step_kind;

typedef struct {
  glia_step_kind kind;
  union {
    glia_elementwise apply;
    glia_move move;
    glia_move_rows rows;
    glia_fill_value fill;
    glia_block block;
    void (*other)(const void *arguments);
    glia_kernel kernel;
  } call;
  void *dst;
  const void *a, *b, *c;
  int64_t count;
  union {
    int64_t columns;
    double value;
    const void *start;
  } with;
} glia_step;
_Static_assert(sizeof(glia_step) == 64, "a step fills a cache line");

#define GLIA_ALWAYS_INLINE __attribute__((always_inline)) static inline

GLIA_ALWAYS_INLINE void glia_step_run(const glia_step *step, glia_context *context) {
  switch (step->kind) {
  case GLIA_STEP_APPLY: step->call.apply(step->dst, step->a, step->b, step->c, (size_t)step->count); return;
  case GLIA_STEP_MOVE: step->call.move(step->dst, step->a, step->count); return;
  case GLIA_STEP_ROWS: step->call.rows(step->dst, step->a, step->count, step->with.columns); return;
  case GLIA_STEP_FILL: step->call.fill(step->dst, step->with.value, step->count); return;
  case GLIA_STEP_BLOCK: step->call.block(step->c, step->a, step->b, step->dst, (int)step->count, step->with.start); return;
  case GLIA_STEP_OTHER: step->call.other(step->a); return;
  case GLIA_STEP_KERNEL: step->call.kernel(step->a, context); return;
  }
}

/// What is written down, and memory that lives as long.
typedef struct glia_recorder glia_recorder;
void glia_record(glia_recorder *recorder, const glia_step *step);
/// Aligned to a cache line.
void *glia_record_memory(glia_recorder *recorder, size_t bytes);
/// Gives up the call at hand: it is too large to gain, or threads are to share it.
void glia_record_refuse(glia_recorder *recorder);
/// A copy of a pass, or one that is there already.
const glia_pass *glia_record_pass(glia_recorder *recorder, const glia_pass *pass);

/// Does the step, or writes it down where there is a recorder.
GLIA_ALWAYS_INLINE void glia_perform(glia_recorder *recorder, glia_step step) {
  if (recorder) {
    glia_record(recorder, &step);
  } else {
    glia_step_run(&step, NULL);
  }
}

GLIA_ALWAYS_INLINE void glia_perform_apply(glia_recorder *recorder, glia_elementwise apply, void *dst, const void *a,
                                           const void *b, const void *c, int64_t count) {
  glia_perform(recorder, (glia_step){GLIA_STEP_APPLY, {.apply = apply}, dst, a, b, c, count, {0}});
}
GLIA_ALWAYS_INLINE void glia_perform_move(glia_recorder *recorder, glia_move move, void *dst, const void *src,
                                          int64_t count) {
  glia_perform(recorder, (glia_step){GLIA_STEP_MOVE, {.move = move}, dst, src, NULL, NULL, count, {0}});
}
GLIA_ALWAYS_INLINE void glia_perform_rows(glia_recorder *recorder, glia_move_rows move, void *dst, const void *src,
                                          int64_t rows, int64_t columns) {
  glia_perform(recorder, (glia_step){GLIA_STEP_ROWS, {.rows = move}, dst, src, NULL, NULL, rows, {columns}});
}
GLIA_ALWAYS_INLINE void glia_perform_fill(glia_recorder *recorder, glia_fill_value fill, void *dst, double value,
                                          int64_t count) {
  glia_perform(recorder, (glia_step){GLIA_STEP_FILL, {.fill = fill}, dst, NULL, NULL, NULL, count, {.value = value}});
}
GLIA_ALWAYS_INLINE void glia_perform_block(glia_recorder *recorder, glia_block block, const glia_pass *pass,
                                           const void *a, const void *b, void *c, int tail, const void *start) {
  if (recorder) pass = glia_record_pass(recorder, pass);
  glia_perform(recorder, (glia_step){GLIA_STEP_BLOCK, {.block = block}, c, a, b, pass, tail, {.start = start}});
}
/// For what is rare or long: the arguments are copied where it is written down.
GLIA_ALWAYS_INLINE void glia_perform_other(glia_recorder *recorder, void (*other)(const void *), const void *arguments,
                                           size_t bytes) {
  if (recorder) arguments = memcpy(glia_record_memory(recorder, bytes), arguments, bytes);
  glia_perform(recorder, (glia_step){GLIA_STEP_OTHER, {.other = other}, NULL, arguments, NULL, NULL, 0, {0}});
}

#endif
