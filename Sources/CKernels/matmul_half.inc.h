// Products of float32 with operands that lie in memory as bfloat16, for one instruction set: included by matmul.inc.h.
//
// bfloat16 is the upper half of float32, so a number is widened by a shift or a mask, and exactly. What is summed, and in
// which order, is what a product of the widened operands would sum: the same bits, on every instruction set. (The dot
// products of bfloat16 that some processors have round twice and take denormals for zero; where they were measured they
// were half as fast as what is here.)
//
// Two ways:
//   - One to three rows over a b whose columns are contiguous: memory is the bound, and b is widened in registers. The
//     even columns of a vector lie in the lower halves of its lanes, the odd in the upper, so each have their own sums.
//   - Everything else: both operands are packed, widened on the way, for the kernels of float32.

enum { HALF_LANES = 2 * LANES32, HALF_PIECE = 128 };  // columns in a vector; depth that is widened at a time

#if GLIA_WIDTH == 64
#define FIRST_PAIRS(e, o) __builtin_shufflevector(e, o, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LAST_PAIRS(e, o) __builtin_shufflevector(e, o, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define HALF_VECTORS {8, 4, 4}  // by rows: as many as leave registers for what is read
#elif GLIA_WIDTH == 32
#define FIRST_PAIRS(e, o) __builtin_shufflevector(e, o, 0, 8, 1, 9, 2, 10, 3, 11)
#define LAST_PAIRS(e, o) __builtin_shufflevector(e, o, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define HALF_VECTORS {4, 2, 2}
#else
#define FIRST_PAIRS(e, o) __builtin_shufflevector(e, o, 0, 4, 1, 5)
#define LAST_PAIRS(e, o) __builtin_shufflevector(e, o, 2, 6, 3, 7)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define HALF_VECTORS {8, 4, 2}
#endif

GLIA_INLINE i32v load_pairs(const uint16_t *from) {
  i32v pairs;
  memcpy(&pairs, from, sizeof pairs);
  return pairs;
}
/// `count` columns of a vector, 0 < count <= HALF_LANES. Only where MASKED are the others not read.
GLIA_INLINE i32v load_some_pairs(const uint16_t *from, int count) {
#if MASKED
  return (i32v)_mm512_maskz_loadu_epi16((__mmask32)(0xffffffffu >> (HALF_LANES - count)), from);
#else
  (void)count;
  return load_pairs(from);
#endif
}

// ---- One to three rows --------------------------------------------------------------------------------------------

/// Two vectors of float32 of which the first `count` elements are used, 0 < count <= HALF_LANES.
GLIA_INLINE void load_two(const float *from, int count, f32v *first, f32v *second) {
  *second = (f32v)0;
  if (count == HALF_LANES) {
    *first = load_f32(from);
    *second = load_f32(from + LANES32);
  } else if (count >= LANES32) {
    *first = load_f32(from);
    if (count > LANES32) *second = load_part_f32(from + LANES32, (size_t)(count - LANES32));
  } else {
    *first = load_part_f32(from, (size_t)count);
  }
}
GLIA_INLINE void store_two(float *to, int count, f32v first, f32v second) {
  if (count == HALF_LANES) {
    store_f32(to, first);
    store_f32(to + LANES32, second);
  } else if (count >= LANES32) {
    store_f32(to, first);
    if (count > LANES32) store_part_f32(to + LANES32, second, (size_t)(count - LANES32));
  } else {
    store_part_f32(to, first, (size_t)count);
  }
}

/// Like `block` of matmul_kernels.inc.h; `tail` is the number of columns in use of the last vector.
GLIA_INLINE void half_block(const int rows, const int vectors, const glia_pass *pass, const float *a, const uint16_t *b,
                            float *c, int tail, const float *start) {
  f32v even[WIDE_ROWS][WIDE_VECTORS], odd[WIDE_ROWS][WIDE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      f32v first = (f32v)0, second = (f32v)0;
      if (start) {
        const float *from = start + r * pass->start_row + v * HALF_LANES;
        load_two(from, v == vectors - 1 ? tail : HALF_LANES, &first, &second);
      }
      even[r][v] = EVEN_LANES(first, second);
      odd[r][v] = ODD_LANES(first, second);
    }
  }
  const ptrdiff_t a_row = pass->a_row, a_step = pass->a_step, b_step = pass->b_step;
  for (int64_t p = pass->depth; p > 0; p--, a += a_step, b += b_step) {
    UNROLL for (int v = 0; v < vectors; v++) {
      const i32v pairs = v == vectors - 1 ? load_some_pairs(b + v * HALF_LANES, tail) : load_pairs(b + v * HALF_LANES);
      const f32v lower = (f32v)(pairs << 16), upper = (f32v)(pairs & (int)0xffff0000);
      UNROLL for (int r = 0; r < rows; r++) {
        const f32v scalar = (f32v)(a[r * a_row]);
        even[r][v] = __builtin_elementwise_fma(scalar, lower, even[r][v]);
        odd[r][v] = __builtin_elementwise_fma(scalar, upper, odd[r][v]);
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      const int count = v == vectors - 1 ? tail : HALF_LANES;
      store_two(c + r * pass->c_row + v * HALF_LANES, count, FIRST_PAIRS(even[r][v], odd[r][v]),
                    LAST_PAIRS(even[r][v], odd[r][v]));
    }
  }
}

#define HALF_KERNEL(r, v)                                                                                    \
  static void half_kernel_##r##x##v(const glia_pass *pass, const void *a, const void *b, void *c, int tail,  \
                                    const void *start) {                                                     \
    half_block(r, v, pass, a, b, c, tail, start);                                                            \
  }
#define HALF_KERNELS(r) HALF_KERNEL(r, 1) HALF_KERNEL(r, 2) HALF_KERNEL(r, 4)
#define HALF_ROW(r) {half_kernel_##r##x1, half_kernel_##r##x2, half_kernel_##r##x4
HALF_KERNELS(1) HALF_KERNELS(2) HALF_KERNELS(3)
#if WIDE_VECTORS == 8
HALF_KERNEL(1, 8)
#define HALF_WIDEST , half_kernel_1x8
#else
#define HALF_WIDEST
#endif
/// By rows and the logarithm of the vectors.
static const glia_block half_kernels[WIDE_ROWS][4] = {HALF_ROW(1) HALF_WIDEST}, HALF_ROW(2)}, HALF_ROW(3)}};
static const int half_vectors[WIDE_ROWS] = HALF_VECTORS;
#undef HALF_KERNEL
#undef HALF_KERNELS
#undef HALF_ROW
#undef HALF_WIDEST

/// Rows of a as they lie in float32, over contiguous columns of b.
typedef struct {
  const glia_matmul *matmul;
  const void *a, *b;  // of the rows and columns at hand
  float *c;
  const float *start;
  int64_t rows, columns;
  glia_recorder *recorder;
} half_view;

static bool reads_half_in_place(const half_view *view) {
  const glia_matmul *matmul = view->matmul;
  if (matmul->a_bfloat16 || !matmul->b_bfloat16 || view->rows > WIDE_ROWS || matmul->b_column != 1) return false;
  return MASKED || matmul->b_slack || view->columns % HALF_LANES == 0;
}

static void half_in_place(const half_view *view) {
  const glia_matmul *matmul = view->matmul;
  const glia_pass pass = {matmul->a_row, matmul->a_column, matmul->b_row, matmul->c_row, matmul->k, matmul->start_row};
  int vectors = half_vectors[view->rows - 1], kernel = vectors == 8 ? 3 : vectors == 4 ? 2 : 1;
  for (int64_t j = 0; j < view->columns;) {
    const int64_t left = view->columns - j;
    while (vectors > 1 && left <= (vectors - 1) * HALF_LANES) {
      vectors /= 2;
      kernel--;
    }
    const int64_t taken = left < vectors * HALF_LANES ? left : vectors * HALF_LANES;
    glia_perform_block(view->recorder, half_kernels[view->rows - 1][kernel], &pass, view->a,
                       (const uint16_t *)view->b + j, view->c + j, (int)(taken - (vectors - 1) * HALF_LANES),
                       view->start ? view->start + j : NULL);
    j += taken;
  }
}

// ---- Packing ------------------------------------------------------------------------------------------------------

/// to[p · pitch + lane] = from[p · step + lane · lane_stride] for lane < lanes, p < depth; the pitch is a multiple of
/// LANES32, and whole vectors may be written.
typedef struct {
  const void *from;
  ptrdiff_t step, lane_stride;
  int lanes;
  int64_t depth;
  float *to;
  ptrdiff_t pitch;
  bool is_bfloat16;
} half_packing;

static void widen(const uint16_t *from, int64_t count, float *to) {
  for (int64_t i = 0; i < count; i++) to[i] = glia_float_of_bits((uint32_t)from[i] << 16);
}

static void pack_half(const void *arguments) {
  const half_packing *p = arguments;
  if (!p->is_bfloat16) {
    pack_f32(p->from, p->step, p->lane_stride, p->lanes, p->depth, p->to, p->pitch);
    return;
  }
  const uint16_t *from = p->from;
  if (p->lane_stride == 1) {
    for (int64_t i = 0; i < p->depth; i++) widen(from + i * p->step, p->lanes, p->to + i * p->pitch);
  } else if (p->step == 1) {
    // Rows of some lanes are widened, then transposed as float32.
    float rows[LANES32 * HALF_PIECE];
    for (int lane = 0; lane < p->lanes; lane += LANES32) {
      const int lanes = p->lanes - lane < LANES32 ? p->lanes - lane : LANES32;
      for (int64_t i = 0; i < p->depth; i += HALF_PIECE) {
        const int64_t depth = minimum_f32(HALF_PIECE, p->depth - i);
        for (int l = 0; l < lanes; l++) widen(from + (lane + l) * p->lane_stride + i, depth, rows + l * HALF_PIECE);
        pack_f32(rows, 1, HALF_PIECE, lanes, depth, p->to + i * p->pitch + lane, p->pitch);
      }
    }
  } else {
    for (int64_t i = 0; i < p->depth; i++) {
      for (int l = 0; l < p->lanes; l++) widen(from + i * p->step + l * p->lane_stride, 1, p->to + i * p->pitch + l);
    }
  }
}

GLIA_INLINE const void *half_at(const void *operand, bool is_bfloat16, ptrdiff_t elements) {
  return (const char *)operand + elements * (is_bfloat16 ? 2 : 4);
}

/// The columns from `column` on, GLIA_MATMUL_COLUMNS at most, of all rows.
static void half_columns(const half_view *view, int64_t column, int64_t columns, float *scratch) {
  const glia_matmul *matmul = view->matmul;
  const int64_t pass_depth = glia_matmul_pass_depth(matmul->k, view->rows, view->columns, matmul->a_row == 1);
  float *const packed_rows = scratch, *const packed = scratch + PITCH_f32 * pass_depth;
  float *const c = view->c + column;
  int64_t p = 0;
  do {
    const int64_t depth = minimum_f32(pass_depth, matmul->k - p);
    for (int64_t j = 0; j < columns; j += PANEL_f32) {
      const void *b = half_at(view->b, matmul->b_bfloat16, p * matmul->b_row + (column + j) * matmul->b_column);
      const half_packing packing = {b, matmul->b_row, matmul->b_column, (int)minimum_f32(PANEL_f32, columns - j), depth,
                                    packed + j * depth, PANEL_f32, matmul->b_bfloat16};
      glia_perform_other(view->recorder, pack_half, &packing, sizeof packing);
    }
    // All depths but the first go on from what c holds.
    const float *const start = p > 0 ? c : view->start ? view->start + column : NULL;
    const glia_pass pass = {1, PITCH_f32, PANEL_f32, matmul->c_row, depth, p > 0 ? matmul->c_row : matmul->start_row};
    for (int64_t i = 0; i < view->rows;) {
      const int block = next_rows_f32(view->rows - i);
      const void *a = half_at(view->a, matmul->a_bfloat16, i * matmul->a_row + p * matmul->a_column);
      const half_packing packing = {a, matmul->a_column, matmul->a_row, block, depth,
                                    packed_rows, PITCH_f32, matmul->a_bfloat16};
      glia_perform_other(view->recorder, pack_half, &packing, sizeof packing);
      for (int64_t j = 0; j < columns; j += PANEL_f32) {
        const int left = (int)minimum_f32(PANEL_f32, columns - j), vectors = (left + LANES32 - 1) / LANES32;
        glia_perform_block(view->recorder, kernels_f32[block - 1][vectors - 1], &pass, packed_rows, packed + j * depth,
                           c + i * matmul->c_row + j, left - (vectors - 1) * LANES32,
                           start ? start + i * pass.start_row + j : NULL);
      }
      i += block;
    }
    p += depth;
  } while (p < matmul->k);
}

// ---- Tasks --------------------------------------------------------------------------------------------------------

/// Rows row0 ..< row1 of the batch and columns column0 ..< column1.
static void region_half(const glia_matmul *matmul, int64_t row0, int64_t row1, int64_t column0, int64_t column1,
                        void *scratch, void *shared, glia_recorder *recorder) {
  half_view view = {.matmul = matmul, .columns = column1 - column0, .recorder = recorder};
  for (int64_t row = row0; row < row1; row += view.rows) {
    const int64_t batch = row / matmul->m, i = row - batch * matmul->m;
    view.a = half_at(matmul->a, matmul->a_bfloat16, batch * matmul->a_batch + i * matmul->a_row);
    view.b = half_at(matmul->b, matmul->b_bfloat16, batch * matmul->b_batch + column0 * matmul->b_column);
    view.c = (float *)matmul->c + batch * matmul->c_batch + i * matmul->c_row + column0;
    view.start = matmul->start ? (const float *)matmul->start + row * matmul->start_row + column0 : NULL;
    view.rows = minimum_f32(matmul->m - i, row1 - row);
    if (reads_half_in_place(&view)) {
      half_in_place(&view);
      continue;
    }
    for (int64_t j = 0; j < view.columns; j += GLIA_MATMUL_COLUMNS) {
      half_columns(&view, j, minimum_f32(GLIA_MATMUL_COLUMNS, view.columns - j), scratch);
    }
  }
  const matmul_epilogue epilogue = epilogue_of(matmul, row0, column0, column1 - column0, scratch, shared, recorder);
  run_epilogue(&epilogue, row1 - row0);
}

static void task_half(const glia_matmul *matmul, const glia_matmul_part *part, void *scratch, void *shared,
                      glia_recorder *recorder) {
  if (part) {
    region_half(matmul, part->row0, part->row1, part->column0, part->column1, scratch, shared, recorder);
  } else {
    region_half(matmul, 0, matmul->batch * matmul->m, 0, matmul->n, scratch, shared, recorder);
  }
}

#undef FIRST_PAIRS
#undef LAST_PAIRS
#undef EVEN_LANES
#undef ODD_LANES
#undef HALF_VECTORS
