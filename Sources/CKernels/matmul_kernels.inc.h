// The inner kernels of matrix products and how operands are packed for them, for one scalar type on one instruction
// set.
//
// A kernel computes a block of `rows` × `vectors · LANES` elements of c in registers. Down the rows the left operand is
// broadcast, along the lanes the right operand is read in whole vectors. Every element is one chain of fused
// multiply-adds in rising depth, so no choice of block changes a bit.

/// `tail` is the number of lanes in use of the last vector. Where MASKED, b is not read beyond them; elsewhere the
/// caller has packed b into whole vectors, or it has slack.
GLIA_INLINE void N(block)(const int rows, const int vectors, const ptrdiff_t a_row, const glia_pass *pass, const S *a,
                          const S *b, S *c, int tail, const S *start) {
  enum { POINTED = 3 };  // rows that share a pointer: a processor adds one or two strides to an address for nothing
  const S *at[(ROWS + POINTED - 1) / POINTED];
  V sum[ROWS][WIDE_VECTORS];
  const ptrdiff_t a_step = pass->a_step, b_step = pass->b_step, c_row = pass->c_row;
  UNROLL for (int r = 0; r < rows; r += POINTED) at[r / POINTED] = a + r * a_row;
  if (start) {
    UNROLL for (int r = 0; r < rows; r++) {
      const S *from = start + r * pass->start_row;
      UNROLL for (int v = 0; v < vectors - 1; v++) sum[r][v] = LOAD(from + v * LANES);
      from += (vectors - 1) * LANES;
      sum[r][vectors - 1] = tail == LANES ? LOAD(from) : LOAD_PART(from, (size_t)tail);
    }
  } else {
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (V)0;
    }
  }
  for (int64_t p = pass->depth; p > 0; p--) {
    V lanes[WIDE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
      lanes[v] = MASKED && v == vectors - 1 ? LOAD_PART(b + v * LANES, (size_t)tail) : LOAD(b + v * LANES);
    }
    UNROLL for (int r = 0; r < rows; r++) {
      const V scalar = (V)(at[r / POINTED][r % POINTED * a_row]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = __builtin_elementwise_fma(scalar, lanes[v], sum[r][v]);
    }
    UNROLL for (int r = 0; r < rows; r += POINTED) {
      at[r / POINTED] += a_step;
      KEEP_APART(at[r / POINTED]);
    }
    b += b_step;
  }
  UNROLL for (int r = 0; r < rows; r++) {
    S *to = c + r * c_row;
    UNROLL for (int v = 0; v < vectors - 1; v++) STORE(to + v * LANES, sum[r][v]);
    to += (vectors - 1) * LANES;
    if (tail == LANES) {
      STORE(to, sum[r][vectors - 1]);
    } else {
      STORE_PART(to, sum[r][vectors - 1], (size_t)tail);
    }
  }
}

#define KERNEL(r, v)                                                                                           \
  static void N(kernel_##r##x##v)(const glia_pass *pass, const void *a, const void *b, void *c, int tail,     \
                                  const void *start) {                                                        \
    N(block)(r, v, pass->a_row, pass, a, b, c, tail, start);                                                   \
  }
#if VECTORS == 2
#define KERNELS(r) KERNEL(r, 1) KERNEL(r, 2)
#define ROW(r) {N(kernel_##r##x1), N(kernel_##r##x2)}
#else
#define KERNELS(r) KERNEL(r, 1) KERNEL(r, 2) KERNEL(r, 3) KERNEL(r, 4)
#define ROW(r) {N(kernel_##r##x1), N(kernel_##r##x2), N(kernel_##r##x3), N(kernel_##r##x4)}
#endif

KERNELS(1) KERNELS(2) KERNELS(3) KERNELS(4) KERNELS(5) KERNELS(6)
#if ROWS == 14
KERNELS(7) KERNELS(8) KERNELS(9) KERNELS(10) KERNELS(11) KERNELS(12) KERNELS(13) KERNELS(14)
#endif

static const glia_block N(kernels)[ROWS][VECTORS] = {
    ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6),
#if ROWS == 14
    ROW(7), ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), ROW(13), ROW(14),
#endif
};

/// The whole block over packed rows, where the distance between rows is known to be 1.
static void N(packed_kernel)(const glia_pass *pass, const void *a, const void *b, void *c, int tail,
                             const void *start) {
  N(block)(ROWS, VECTORS, 1, pass, a, b, c, tail, start);
}

// One to three rows are bound by memory: many columns at once, so that each read of b is long and the chains are many.
static void N(wide_1)(const glia_pass *pass, const void *a, const void *b, void *c, int tail,
                      const void *start) {
  N(block)(1, WIDE_VECTORS, pass->a_row, pass, a, b, c, tail, start);
}
static void N(wide_2)(const glia_pass *pass, const void *a, const void *b, void *c, int tail,
                      const void *start) {
  N(block)(2, WIDE_VECTORS, pass->a_row, pass, a, b, c, tail, start);
}
static void N(wide_3)(const glia_pass *pass, const void *a, const void *b, void *c, int tail,
                      const void *start) {
  N(block)(3, WIDE_VECTORS, pass->a_row, pass, a, b, c, tail, start);
}
static const glia_block N(wide_kernels)[WIDE_ROWS] = {N(wide_1), N(wide_2), N(wide_3)};

#undef KERNEL
#undef KERNELS
#undef ROW

typedef S N(quad) __attribute__((ext_vector_type(QUAD)));

// ---- Packing --------------------------------------------------------------------------------------------------

/// Vector q holds QUAD elements of rows q, q + QUAD, q + 2 · QUAD …; afterwards vector q holds element q of every row.
GLIA_INLINE void N(transpose_pieces)(const V by_row[QUAD], V out[QUAD]) {
#if QUAD == 4
  const V low01 = LOW32(by_row[0], by_row[1]), high01 = HIGH32(by_row[0], by_row[1]);
  const V low23 = LOW32(by_row[2], by_row[3]), high23 = HIGH32(by_row[2], by_row[3]);
  out[0] = (V)LOW64((f64v)low01, (f64v)low23);
  out[1] = (V)HIGH64((f64v)low01, (f64v)low23);
  out[2] = (V)LOW64((f64v)high01, (f64v)high23);
  out[3] = (V)HIGH64((f64v)high01, (f64v)high23);
#else
  out[0] = LOW64(by_row[0], by_row[1]);
  out[1] = HIGH64(by_row[0], by_row[1]);
#endif
}

/// LANES rows of `steps` elements each (QUAD or LANES), as vectors that each hold one element of every row. Row
/// q + QUAD · piece begins at first[q] + piece · stride. Each row is read in one go, for rows that are a power of two
/// apart push one another out of the first-level cache.
GLIA_INLINE void N(transpose)(const int steps, const S *const first[QUAD], ptrdiff_t stride, V out[LANES]) {
  V by_row[LANES / QUAD][QUAD];
  (void)stride;  // of use where a vector has more pieces than one
  UNROLL for (int q = 0; q < QUAD; q++) {
    UNROLL for (int s = 0; s < steps; s += QUAD) by_row[s / QUAD][q] = (V)GATHER_PIECES(first[q] + s, stride);
  }
  UNROLL for (int s = 0; s < steps; s += QUAD) N(transpose_pieces)(by_row[s / QUAD], out + s);
}

GLIA_INLINE void N(advance)(const S *first[QUAD], ptrdiff_t by) {
  UNROLL for (int q = 0; q < QUAD; q++) {
    first[q] += by;
    KEEP_APART(first[q]);
  }
}

/// to[p · pitch + lane] = from[lane · lane_stride + p] for one whole vector of lanes, depth >= QUAD.
static void N(pack_transposed)(const S *from, ptrdiff_t lane_stride, int64_t depth, S *to, ptrdiff_t pitch) {
  const S *first[QUAD];
  V out[LANES];
  UNROLL for (int q = 0; q < QUAD; q++) first[q] = from + q * lane_stride;
  int64_t left = depth;
  for (; left >= LANES; left -= LANES, to += LANES * pitch) {
    N(transpose)(LANES, first, QUAD * lane_stride, out);
    UNROLL for (int q = 0; q < LANES; q++) STORE(to + q * pitch, out[q]);
    N(advance)(first, LANES);
  }
  for (; left >= QUAD; left -= QUAD, to += QUAD * pitch) {
    N(transpose)(QUAD, first, QUAD * lane_stride, out);
    UNROLL for (int q = 0; q < QUAD; q++) STORE(to + q * pitch, out[q]);
    N(advance)(first, QUAD);
  }
  if (!left) return;
  // The last few again with some that are done already, so that nothing is read beyond the rows.
  N(advance)(first, left - QUAD);
  N(transpose)(QUAD, first, QUAD * lane_stride, out);
  to -= (QUAD - left) * pitch;
  UNROLL for (int q = 0; q < QUAD; q++) STORE(to + q * pitch, out[q]);
}

/// The same for some of the lanes: QUAD by QUAD, lanes beyond the last with what lane 0 of their QUAD has.
static void N(pack_part_transposed)(const S *from, ptrdiff_t lane_stride, int lanes, int64_t depth, S *to,
                                    ptrdiff_t pitch) {
  for (; lanes > 0; lanes -= QUAD, from += QUAD * lane_stride, to += QUAD) {
    const S *rows[QUAD];
    UNROLL for (int q = 0; q < QUAD; q++) rows[q] = from + (q < lanes ? q * lane_stride : 0);
    int64_t p = 0;
    for (; p + QUAD <= depth; p += QUAD) {
      N(quad) in[QUAD], out[QUAD];
      UNROLL for (int q = 0; q < QUAD; q++) memcpy(&in[q], rows[q] + p, sizeof in[q]);
      QUAD_TRANSPOSE(in, out);
      UNROLL for (int q = 0; q < QUAD; q++) memcpy(to + (p + q) * pitch, &out[q], sizeof out[q]);
    }
    for (; p < depth; p++) {
      N(quad) one;
      UNROLL for (int q = 0; q < QUAD; q++) one[q] = rows[q][p];
      memcpy(to + p * pitch, &one, sizeof one);
    }
  }
}

/// to[p · pitch + lane] = from[p · step + lane · lane_stride] for lane < lanes, depth steps. Writes whole vectors, so the
/// pitch is a multiple of LANES.
static void N(pack)(const S *from, ptrdiff_t step, ptrdiff_t lane_stride, int lanes, int64_t depth, S *to,
                    ptrdiff_t pitch) {
  for (; lanes > 0; lanes -= LANES, from += LANES * lane_stride, to += LANES) {
    int count = lanes < LANES ? lanes : LANES;
    if (lane_stride == 1 && count == LANES) {
      for (int64_t p = 0; p < depth; p++) STORE(to + p * pitch, LOAD(from + p * step));
    } else if (lane_stride == 1) {
      for (int64_t p = 0; p < depth; p++) STORE(to + p * pitch, LOAD_PART(from + p * step, (size_t)count));
    } else if (step == 1 && count == LANES && depth >= QUAD) {
      N(pack_transposed)(from, lane_stride, depth, to, pitch);
    } else if (step == 1) {
      N(pack_part_transposed)(from, lane_stride, count, depth, to, pitch);
    } else {
      for (int64_t p = 0; p < depth; p++) {
        for (int l = 0; l < count; l++) to[p * pitch + l] = from[p * step + l * lane_stride];
      }
    }
  }
}

typedef struct {
  const S *from;
  ptrdiff_t step, lane_stride;
  int lanes;
  int64_t depth;
  S *to;
} N(packing);

/// Packs into panels.
static void N(pack_panel)(const void *arguments) {
  const N(packing) *p = arguments;
  N(pack)(p->from, p->step, p->lane_stride, p->lanes, p->depth, p->to, VECTORS * LANES);
}

// ---- Few rows over a right operand whose columns are contiguous -------------------------------------------------
//
// Each element of b is used once for each of the few rows, so b is transposed in registers and not packed.

/// sum[r] += a[r, p] · out[p] for the steps from `from` on.
GLIA_INLINE void N(add_steps)(const int rows, const int steps, int from, const glia_pass *pass, const S *a,
                              const V out[LANES], V sum[GLIA_MATMUL_FEW]) {
  UNROLL for (int p = 0; p < steps; p++) {
    if (p < from) continue;
    UNROLL for (int r = 0; r < rows; r++) {
      sum[r] = __builtin_elementwise_fma((V)(a[r * pass->a_row + p * pass->a_step]), out[p], sum[r]);
    }
  }
}

GLIA_INLINE void N(gathering)(const int rows, const glia_pass *pass, const S *a, const S *b, ptrdiff_t lane_stride,
                              S *c, const S *start) {
  const S *first[QUAD];
  V sum[GLIA_MATMUL_FEW], out[LANES];
  UNROLL for (int q = 0; q < QUAD; q++) first[q] = b + q * lane_stride;
  UNROLL for (int r = 0; r < rows; r++) sum[r] = start ? LOAD(start + r * pass->start_row) : (V)0;
  int64_t left = pass->depth;
  for (; left >= LANES; left -= LANES, a += LANES * pass->a_step) {
    N(transpose)(LANES, first, QUAD * lane_stride, out);
    N(add_steps)(rows, LANES, 0, pass, a, out, sum);
    N(advance)(first, LANES);
  }
  for (; left >= QUAD; left -= QUAD, a += QUAD * pass->a_step) {
    N(transpose)(QUAD, first, QUAD * lane_stride, out);
    N(add_steps)(rows, QUAD, 0, pass, a, out, sum);
    N(advance)(first, QUAD);
  }
  if (left) {
    // Some that are done already come again and are passed over, so that nothing is read beyond the rows.
    const int again = QUAD - (int)left;
    N(advance)(first, -again);
    N(transpose)(QUAD, first, QUAD * lane_stride, out);
    N(add_steps)(rows, QUAD, again, pass, a - again * pass->a_step, out, sum);
  }
  UNROLL for (int r = 0; r < rows; r++) STORE(c + r * pass->c_row, sum[r]);
}

// The distance between columns of b is the pass's b_step.
#define GATHERING(r)                                                                                          \
  static void N(gathering_##r)(const glia_pass *pass, const void *a, const void *b, void *c, int unused,     \
                               const void *start) {                                                           \
    (void)unused;                                                                                             \
    N(gathering)(r, pass, a, b, pass->b_step, c, start);                                                      \
  }
GATHERING(1) GATHERING(2) GATHERING(3) GATHERING(4)
#undef GATHERING
static const glia_block N(gathering_kernels)[GLIA_MATMUL_FEW] = {
    N(gathering_1), N(gathering_2), N(gathering_3), N(gathering_4)};
