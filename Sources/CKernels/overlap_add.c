// Windows added up where they came from.
//
// The outer dimensions are one list of items, each with a part of dst of its own: they are what threads share. Within an
// item the loops keep the order that they are given in, so every sum has one order.
#include <string.h>

#include "data.h"

typedef struct {
  const glia_overlap_add *overlap;
  glia_elementwise add;  // of the instruction set in use
} job;

#define OVERLAP_ADD(T, SUFFIX)                                                                             \
  static void add_nest_##SUFFIX(const job *job, int at, T *dst, const T *src) {                            \
    const glia_overlap_add *o = job->overlap;                                                              \
    if (at >= o->rank) {                                                                                   \
      *dst += *src;                                                                                        \
      return;                                                                                              \
    }                                                                                                      \
    const int64_t count = o->dims[at], dst_step = o->dst_strides[at], src_step = o->src_strides[at];       \
    if (at < o->rank - 1) {                                                                                \
      for (int64_t i = 0; i < count; i++) {                                                                \
        add_nest_##SUFFIX(job, at + 1, dst + i * dst_step, src + i * src_step);                            \
      }                                                                                                    \
    } else if (dst_step == 1 && src_step == 1) {                                                           \
      job->add(dst, dst, src, NULL, (size_t)count);                                                        \
    } else {                                                                                               \
      for (int64_t i = 0; i < count; i++) dst[i * dst_step] += src[i * src_step];                          \
    }                                                                                                      \
  }
OVERLAP_ADD(float, f32)
OVERLAP_ADD(double, f64)
#undef OVERLAP_ADD

static int64_t item_count(const glia_overlap_add *o) {
  int64_t count = 1;
  for (int i = 0; i < o->outer; i++) count *= o->dims[i];
  return count;
}

static void add_item(void *argument, int64_t item, void *scratch, void *shared) {
  (void)scratch, (void)shared;
  const job *job = argument;
  const glia_overlap_add *o = job->overlap;
  int64_t dst = 0, src = 0;
  for (int i = o->outer - 1; i >= 0; i--) {
    dst += item % o->dims[i] * o->dst_strides[i];
    src += item % o->dims[i] * o->src_strides[i];
    item /= o->dims[i];
  }
  if (o->type == GLIA_FLOAT64) {
    add_nest_f64(job, o->outer, (double *)o->dst + dst, (const double *)o->src + src);
  } else {
    add_nest_f32(job, o->outer, (float *)o->dst + dst, (const float *)o->src + src);
  }
}

void glia_overlap_add_kernel(const void *argument, glia_context *context) {
  const glia_overlap_add *o = argument;
  const int64_t element = o->type == GLIA_FLOAT64 ? 8 : 4, items = item_count(o);
  job job = {o, glia_active_table()->elementwise[o->type == GLIA_FLOAT64][GLIA_ADD][0]};
  memset(o->dst, 0, (size_t)(o->count * element));
  int64_t bytes = element;
  for (int i = 0; i < o->rank; i++) bytes *= o->dims[i];
  if (bytes >= GLIA_PARALLEL_BYTES && items > 1 && glia_context_threads(context) > 1) {
    glia_parallel(context, items, add_item, &job);
    return;
  }
  for (int64_t item = 0; item < items; item++) add_item(&job, item, NULL, NULL);
}
