// Windows added up where they came from.
//
// The outer dimensions are one list of items, each with a part of dst of its own: they are what threads share. Within an
// item the loops keep the order that they are given in, so every sum has one order.
#include <string.h>

#include "data.h"

#define OVERLAP_ADD(T, SUFFIX)                                                                             \
  static void add_row_##SUFFIX(T *dst, const T *src, int64_t count, int64_t dst_step, int64_t src_step) {  \
    if (dst_step == 1 && src_step == 1) {                                                                  \
      for (int64_t i = 0; i < count; i++) dst[i] += src[i];                                                \
    } else {                                                                                               \
      for (int64_t i = 0; i < count; i++) dst[i * dst_step] += src[i * src_step];                          \
    }                                                                                                      \
  }                                                                                                        \
  static void add_nest_##SUFFIX(const glia_overlap_add *o, int at, T *dst, const T *src) {                 \
    if (at >= o->rank - 1) {                                                                               \
      if (at >= o->rank) {                                                                                 \
        *dst += *src;                                                                                      \
      } else {                                                                                             \
        add_row_##SUFFIX(dst, src, o->dims[at], o->dst_strides[at], o->src_strides[at]);                   \
      }                                                                                                    \
      return;                                                                                              \
    }                                                                                                      \
    for (int64_t i = 0; i < o->dims[at]; i++) {                                                            \
      add_nest_##SUFFIX(o, at + 1, dst + i * o->dst_strides[at], src + i * o->src_strides[at]);            \
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
  const glia_overlap_add *o = argument;
  int64_t dst = 0, src = 0;
  for (int i = o->outer - 1; i >= 0; i--) {
    dst += item % o->dims[i] * o->dst_strides[i];
    src += item % o->dims[i] * o->src_strides[i];
    item /= o->dims[i];
  }
  if (o->type == GLIA_FLOAT64) {
    add_nest_f64(o, o->outer, (double *)o->dst + dst, (const double *)o->src + src);
  } else {
    add_nest_f32(o, o->outer, (float *)o->dst + dst, (const float *)o->src + src);
  }
}

void glia_overlap_add_kernel(const void *argument, glia_context *context) {
  const glia_overlap_add *o = argument;
  const int64_t element = o->type == GLIA_FLOAT64 ? 8 : 4, items = item_count(o);
  memset(o->dst, 0, (size_t)(o->count * element));
  int64_t bytes = element;
  for (int i = 0; i < o->rank; i++) bytes *= o->dims[i];
  if (bytes >= GLIA_PARALLEL_BYTES && items > 1 && glia_context_threads(context) > 1) {
    glia_parallel(context, items, add_item, (void *)o);
    return;
  }
  for (int64_t item = 0; item < items; item++) add_item((void *)o, item, NULL, NULL);
}
