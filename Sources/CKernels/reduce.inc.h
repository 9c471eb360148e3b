// Reductions of one type, and what goes the other way; included once for each type, like elementwise.inc.h.
//
// Along a row, element j belongs to virtual lane j mod 16 on every machine; the lanes are then folded in halves: 8, 4,
// 2, 1. Down a column, rows are added as they come.

enum { N(PARTS) = 16 / LANES };  // vectors that make up the 16 lanes

// `count` elements, the tail's missing lanes holding `start`.
#define REDUCTION(name, start, COMBINE)                                                            \
  static S N(name)(const S *a, int64_t count) {                                                    \
    V lanes[N(PARTS)];                                                                             \
    for (int p = 0; p < N(PARTS); p++) lanes[p] = (V)(start);                                      \
    int64_t i = 0;                                                                                 \
    for (; i + 16 <= count; i += 16) {                                                             \
      for (int p = 0; p < N(PARTS); p++) lanes[p] = COMBINE(lanes[p], LOAD(a + i + p * LANES));    \
    }                                                                                              \
    for (int p = 0; p < N(PARTS) && i < count; p++, i += LANES) {                                  \
      int64_t left = count - i;                                                                    \
      if (left >= LANES) {                                                                         \
        lanes[p] = COMBINE(lanes[p], LOAD(a + i));                                                 \
      } else {                                                                                     \
        V tail = LOAD_PART(a + i, (size_t)left);                                                   \
        tail = N(lane_indices)() < (M)(left) ? tail : (V)(start);                                  \
        lanes[p] = COMBINE(lanes[p], tail);                                                        \
      }                                                                                            \
    }                                                                                              \
    for (int half = N(PARTS) / 2; half > 0; half /= 2) {                                           \
      for (int p = 0; p < half; p++) lanes[p] = COMBINE(lanes[p], lanes[p + half]);                \
    }                                                                                              \
    return FOLD(lanes[0], COMBINE);                                                                \
  }                                                                                                \
  static void N(row_##name)(void *dst, const void *a, int64_t rows, int64_t columns) {             \
    for (int64_t i = 0; i < rows; i++) ((S *)dst)[i] = N(name)((const S *)a + i * columns, columns); \
  }                                                                                                \
  static void N(column_##name)(void *partial, const void *a, int64_t rows, int64_t columns) {      \
    S *sums = partial;                                                                             \
    int64_t j = 0;                                                                                 \
    for (; j + LANES <= columns; j += LANES) {                                                     \
      V sum = LOAD(sums + j);                                                                      \
      const S *p = (const S *)a + j;                                                               \
      for (int64_t i = 0; i < rows; i++, p += columns) sum = COMBINE(sum, LOAD(p));                \
      STORE(sums + j, sum);                                                                        \
    }                                                                                              \
    if (j < columns) {                                                                             \
      size_t left = (size_t)(columns - j);                                                         \
      V sum = LOAD_PART(sums + j, left);                                                           \
      const S *p = (const S *)a + j;                                                               \
      for (int64_t i = 0; i < rows; i++, p += columns) sum = COMBINE(sum, LOAD_PART(p, left));     \
      STORE_PART(sums + j, sum, left);                                                             \
    }                                                                                              \
  }                                                                                                \
  static void N(total_##name)(void *partial, const void *a, int64_t count) {                       \
    double *sum = partial, value = (double)N(name)(a, count);                                      \
    *sum = COMBINE(*sum, value);                                                                   \
  }

#define SUM_OF(a, b) ((a) + (b))
REDUCTION(sum, 0, SUM_OF)
REDUCTION(maximum_of, -__builtin_inff(), GLIA_MAXIMUM_OF)
REDUCTION(minimum_of, __builtin_inff(), GLIA_MINIMUM_OF)
#undef SUM_OF

static void N(fill)(void *dst, S value, int64_t count) {
  S *d = dst;
  V v = (V)value;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) STORE(d + i, v);
  if (i < count) STORE_PART(d + i, v, (size_t)(count - i));
}

// Rows that are shorter than a vector are written as whole ones where the rows that follow make it good.
static void N(row_expand)(void *dst, const void *a, int64_t rows, int64_t columns) {
  S *d = dst;
  const S *scalars = a;
  int64_t i = 0;
  if (columns < LANES) {
    for (; (i * columns) + LANES <= rows * columns; i++) STORE(d + i * columns, (V)scalars[i]);
  }
  for (; i < rows; i++) N(fill)(d + i * columns, scalars[i], columns);
}

/// A vector that begins with `columns` scalars over and over, for the `columns` that divide it; other lanes are junk.
GLIA_INLINE V N(row_pattern)(const S *src, int64_t columns) {
  V v = LOAD_PART(src, (size_t)columns);
  M lane = N(lane_indices)();
  V result = (V)v.x;
  if (columns == 1) return result;
  result = (lane & 1) == 1 ? (V)v.y : result;
#if LANES_ABOVE_2
  if (columns == 2) return result;
#if LANES_ABOVE_8
  if (columns == 8) return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
#endif
  result = (lane & 3) == 2 ? (V)v.z : result;
  result = (lane & 3) == 3 ? (V)v.w : result;
#endif
  return result;
}

/// Fills rows with copies of one: of src, which may be dst itself.
static void N(row_repeat)(void *dst, const void *src, int64_t rows, int64_t columns) {
  S *d = dst;
  int64_t i = 0, count = rows * columns;
  if ((columns == 1 || columns == 2 || columns == 4 || columns == 8) && columns < LANES) {
    V row = N(row_pattern)(src, columns);
    for (; i + LANES <= count; i += LANES) STORE(d + i, row);
    if (i < count) STORE_PART(d + i, row, (size_t)(count - i));
    return;
  }
  if (columns > 0 && columns <= LANES) {
    V row = columns < LANES ? LOAD_PART(src, (size_t)columns) : LOAD(src);
    for (; (i * columns) + LANES <= count; i++) STORE(d + i * columns, row);
  }
  for (; i < rows; i++) N(apply_copy_0)(d + i * columns, src, NULL, NULL, (size_t)columns);
}

/// A copy whose last vector is written whole: dst has room for it.
static void N(copy_padded)(void *dst, const void *src, int64_t count) {
  S *d = dst;
  const S *s = src;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) STORE(d + i, LOAD(s + i));
  if (i < count) STORE(d + i, LOAD_PART(s + i, (size_t)(count - i)));
}
static void N(copy_exact)(void *dst, const void *src, int64_t count) {
  N(apply_copy_0)(dst, src, NULL, NULL, (size_t)count);
}

static void N(fill_constant)(void *dst, double value, int64_t count) { N(fill)(dst, (S)value, count); }
static void N(fill_first)(void *dst, const void *src, int64_t count) { N(fill)(dst, *(const S *)src, count); }

#undef REDUCTION
