// Copies between any two strided arrays.
//
// Dimensions are sorted so that the destination is written in rising order of memory, and those that lie one after the
// other in both arrays are merged. What is left is a nest of loops around one of four inner ones: a run of bytes, one
// element repeated, a transpose in blocks, or a strided walk.
#include <string.h>

#include "data.h"

typedef struct {
  int64_t count, src, dst;  // strides in bytes
} dimension;

typedef struct {
  const char *src;
  char *dst;
  size_t element;
  int rank;  // at least 2; the last dimension is the inner one
  dimension dims[GLIA_MAXIMUM_RANK + 2];
} walk;

/// Sorts and merges; false where there is nothing to copy.
static bool make_walk(const glia_copy *copy, walk *w) {
  w->src = copy->src;
  w->dst = copy->dst;
  w->element = (size_t)copy->element_size;
  dimension sorted[GLIA_MAXIMUM_RANK];
  int rank = 0;
  for (int i = 0; i < copy->rank; i++) {
    dimension d = {copy->dims[i], copy->src_strides[i] * copy->element_size, copy->dst_strides[i] * copy->element_size};
    if (d.count <= 0) return false;
    if (d.count == 1) continue;
    if (d.dst < 0) {  // the same elements, walked the other way
      w->dst += d.dst * (d.count - 1);
      w->src += d.src * (d.count - 1);
      d.dst = -d.dst;
      d.src = -d.src;
    }
    int at = rank++;
    for (; at > 0 && sorted[at - 1].dst < d.dst; at--) sorted[at] = sorted[at - 1];
    sorted[at] = d;
  }
  w->rank = 0;
  for (int i = 0; i < rank; i++) {
    dimension d = sorted[i];
    if (w->rank) {
      dimension *outer = &w->dims[w->rank - 1];
      if (outer->src == d.src * d.count && outer->dst == d.dst * d.count) {
        *outer = (dimension){outer->count * d.count, d.src, d.dst};
        continue;
      }
    }
    w->dims[w->rank++] = d;
  }
  while (w->rank < 2) {  // outer dimensions of one element, so that there are always two
    memmove(&w->dims[1], &w->dims[0], (size_t)w->rank * sizeof(dimension));
    w->dims[0] = (dimension){1, 0, 0};
    w->rank++;
  }
  return true;
}

// ---- Inner loops --------------------------------------------------------------------------------------------------

enum {
  BLOCK = 16,  // rows and columns of a block of a transpose: whole cache lines of 4-byte elements
  PIECE = 16,  // bytes that every processor moves at once
  MOST_PIECES = 8,
};

#define INNER_LOOPS(T, SUFFIX)                                                                              \
  static void strided_##SUFFIX(char *dst, const char *src, dimension d) {                                   \
    if (d.dst == (int64_t)sizeof(T) && d.src == 2 * (int64_t)sizeof(T)) {                                   \
      /* Every second element, as vectors. */                                                               \
      for (int64_t i = 0; i < d.count; i++) memcpy((T *)(void *)dst + i, src + 2 * i * (int64_t)sizeof(T), sizeof(T)); \
      return;                                                                                               \
    }                                                                                                       \
    for (int64_t i = 0; i < d.count; i++, dst += d.dst, src += d.src) memcpy(dst, src, sizeof(T));          \
  }                                                                                                         \
  static void repeat_##SUFFIX(char *dst, const char *src, dimension d) {                                    \
    T value;                                                                                                \
    memcpy(&value, src, sizeof value);                                                                      \
    for (int64_t i = 0; i < d.count; i++) memcpy(dst + i * (int64_t)sizeof(T), &value, sizeof(T));          \
  }                                                                                                         \
  static void interleave_##SUFFIX(T *restrict dst, const char *a, const char *b, int64_t count) {           \
    for (int64_t i = 0; i < count; i++) {                                                                   \
      memcpy(&dst[2 * i], a + i * (int64_t)sizeof(T), sizeof(T));                                           \
      memcpy(&dst[2 * i + 1], b + i * (int64_t)sizeof(T), sizeof(T));                                       \
    }                                                                                                       \
  }                                                                                                         \
  /* `inner` is contiguous in dst, `outer` in src. */                                                       \
  static void transpose_##SUFFIX(char *dst, const char *src, dimension outer, dimension inner) {            \
    for (int64_t i = 0; i < outer.count; i += BLOCK) {                                                      \
      int64_t rows = outer.count - i < BLOCK ? outer.count - i : BLOCK;                                     \
      for (int64_t j = 0; j < inner.count; j += BLOCK) {                                                    \
        int64_t columns = inner.count - j < BLOCK ? inner.count - j : BLOCK;                                \
        const char *from = src + i * (int64_t)sizeof(T) + j * inner.src;                                    \
        T *to = (T *)(void *)(dst + i * outer.dst) + j;                                                     \
        int64_t step = outer.dst / (int64_t)sizeof(T);                                                      \
        if (columns == 2 && step == 2) {                                                                    \
          interleave_##SUFFIX(to, from, from + inner.src, rows);                                            \
        } else if (rows == BLOCK && columns == BLOCK) {                                                            \
          T block[BLOCK][BLOCK];                                                                            \
          for (int c = 0; c < BLOCK; c++) memcpy(block[c], from + c * inner.src, sizeof block[c]);          \
          for (int r = 0; r < BLOCK; r++) {                                                                 \
            for (int c = 0; c < BLOCK; c++) to[r * step + c] = block[c][r];                                 \
          }                                                                                                 \
        } else {                                                                                            \
          for (int64_t r = 0; r < rows; r++) {                                                              \
            for (int64_t c = 0; c < columns; c++) {                                                         \
              memcpy(&to[r * step + c], from + c * inner.src + r * (int64_t)sizeof(T), sizeof(T));          \
            }                                                                                               \
          }                                                                                                 \
        }                                                                                                   \
      }                                                                                                     \
    }                                                                                                       \
  }
INNER_LOOPS(uint8_t, 1)
INNER_LOOPS(uint16_t, 2)
INNER_LOOPS(uint32_t, 4)
INNER_LOOPS(uint64_t, 8)
#undef INNER_LOOPS

#define BY_SIZE(size, name, ...)             \
  switch (size) {                            \
    case 1: name##_1(__VA_ARGS__); break;    \
    case 2: name##_2(__VA_ARGS__); break;    \
    case 4: name##_4(__VA_ARGS__); break;    \
    default: name##_8(__VA_ARGS__);          \
  }

/// Rows of few pieces, the last of which may cover some of the one before: less work than a call for each.
static void copy_short_rows(char *dst, const char *src, dimension outer, int64_t bytes) {
  const int64_t last = bytes - PIECE;
  for (int64_t i = 0; i < outer.count; i++, dst += outer.dst, src += outer.src) {
    for (int64_t at = 0; at < last; at += PIECE) memcpy(dst + at, src + at, PIECE);
    memcpy(dst + last, src + last, PIECE);
  }
}

static void copy_row(const walk *w, char *dst, const char *src, dimension d) {
  int64_t element = (int64_t)w->element;
  if (d.dst == element && d.src == element) {
    memcpy(dst, src, (size_t)d.count * w->element);
  } else if (d.dst == element && d.src == 0) {
    BY_SIZE(w->element, repeat, dst, src, d)
  } else {
    BY_SIZE(w->element, strided, dst, src, d)
  }
}

/// The last two dimensions.
static void copy_plane(const walk *w, char *dst, const char *src, dimension outer, dimension inner) {
  int64_t element = (int64_t)w->element;
  if (inner.dst == element && outer.src == element && inner.src != element && outer.dst % element == 0 &&
      outer.count >= 4) {
    BY_SIZE(w->element, transpose, dst, src, outer, inner)
    return;
  }
  const int64_t bytes = inner.count * element;
  if (inner.dst == element && inner.src == element && bytes >= PIECE && bytes <= MOST_PIECES * PIECE) {
    copy_short_rows(dst, src, outer, bytes);
    return;
  }
  for (int64_t i = 0; i < outer.count; i++) copy_row(w, dst + i * outer.dst, src + i * outer.src, inner);
}

static void copy_nest(const walk *w, int at, char *dst, const char *src) {
  if (at == w->rank - 2) {
    copy_plane(w, dst, src, w->dims[at], w->dims[at + 1]);
    return;
  }
  dimension d = w->dims[at];
  for (int64_t i = 0; i < d.count; i++) copy_nest(w, at + 1, dst + i * d.dst, src + i * d.src);
}

// ---- Threads ------------------------------------------------------------------------------------------------------

typedef struct {
  const walk *whole;
  int64_t rows;  // of the outermost dimension, of one task
} cut_walk;

static void copy_piece(void *argument, int64_t task, void *scratch, void *shared) {
  (void)scratch, (void)shared;
  const cut_walk *cut = argument;
  walk piece = *cut->whole;
  dimension *outer = &piece.dims[0];
  int64_t first = task * cut->rows, left = outer->count - first;
  outer->count = left < cut->rows ? left : cut->rows;
  copy_nest(&piece, 0, piece.dst + first * outer->dst, piece.src + first * outer->src);
}

void glia_copy_kernel(const void *argument, glia_context *context) {
  walk w;
  if (!make_walk(argument, &w)) return;
  // A transpose is found by its source's contiguous dimension, which has to stand next to the last.
  int64_t element = (int64_t)w.element;
  for (int i = 0; w.rank > 2 && i < w.rank - 2; i++) {
    if (w.dims[i].src != element || w.dims[w.rank - 1].src == element) continue;
    dimension contiguous = w.dims[i];
    memmove(&w.dims[i], &w.dims[i + 1], (size_t)(w.rank - 2 - i) * sizeof(dimension));
    w.dims[w.rank - 2] = contiguous;
    break;
  }
  int64_t bytes = element;
  for (int i = 0; i < w.rank; i++) bytes *= w.dims[i].count;
  int64_t outer = w.dims[0].count;
  if (bytes < GLIA_PARALLEL_BYTES || outer < 2 || glia_context_threads(context) < 2) {
    copy_nest(&w, 0, w.dst, w.src);
    return;
  }
  int64_t row_bytes = bytes / outer, rows = GLIA_PARALLEL_BYTES / 8 / (row_bytes > 0 ? row_bytes : 1);
  cut_walk cut = {&w, (rows + BLOCK) / BLOCK * BLOCK};
  if (outer < 2 * BLOCK) cut.rows = 1;
  glia_parallel(context, (outer + cut.rows - 1) / cut.rows, copy_piece, &cut);
}
