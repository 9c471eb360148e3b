// One task of a matrix product: a rectangle of c, all of its depth.

enum { N(PANEL) = VECTORS * LANES, N(PITCH) = (ROWS + LANES - 1) / LANES * LANES };

/// c[i, j] = Σ_p a[i, p] · b[p, j] over one matrix, or its transpose.
typedef struct {
  const S *a, *b;
  S *c;
  int64_t rows, columns, depth;
  ptrdiff_t a_row, a_step, b_step, b_column, c_row, c_column;
  const S *start;        // what the sums start from, or NULL for zeros
  ptrdiff_t start_row;
  glia_recorder *recorder;
  bool reads_tail;  // where b's columns are contiguous, the last vector of its rows may be read whole or in part
} N(view);

/// Blocks of even height, for a block of few rows leaves most of the processor waiting.
GLIA_INLINE int N(next_rows)(int64_t left) {
  return left <= ROWS ? (int)left : left < 2 * ROWS ? (int)(left + 1) / 2 : ROWS;
}

GLIA_INLINE int64_t N(minimum)(int64_t a, int64_t b) { return a < b ? a : b; }

/// One pass over a row block: all panels of the columns.
GLIA_INLINE void N(run_panels)(const N(view) *view, const glia_pass *pass, int rows, const S *a, const S *b, S *c,
                               const S *start, const S *packed, bool all_packed, bool packed_rows) {
  const int64_t columns = view->columns;
  const glia_pass over_packed = {pass->a_row, pass->a_step, N(PANEL), pass->c_row, pass->depth, pass->start_row};
  int64_t j = 0;
  if (!all_packed && rows <= WIDE_ROWS) {
    for (; j + WIDE_VECTORS * LANES <= columns; j += WIDE_VECTORS * LANES) {
      glia_perform_block(view->recorder, N(wide_kernels)[rows - 1], pass, a, b + j, c + j, LANES, start ? start + j : NULL);
    }
  }
  const glia_block whole = packed_rows && rows == ROWS ? N(packed_kernel) : N(kernels)[rows - 1][VECTORS - 1];
  for (; j + N(PANEL) <= columns; j += N(PANEL)) {
    if (all_packed) {
      glia_perform_block(view->recorder, whole, &over_packed, a, packed + j * pass->depth, c + j, LANES, start ? start + j : NULL);
    } else {
      glia_perform_block(view->recorder, whole, pass, a, b + j, c + j, LANES, start ? start + j : NULL);
    }
  }
  if (j == columns) return;
  int left = (int)(columns - j), vectors = (left + LANES - 1) / LANES, tail = left - (vectors - 1) * LANES;
  const glia_block part = N(kernels)[rows - 1][vectors - 1];
  if (all_packed) {
    glia_perform_block(view->recorder, part, &over_packed, a, packed + j * pass->depth, c + j, tail, start ? start + j : NULL);
  } else if (view->reads_tail || tail == LANES) {
    glia_perform_block(view->recorder, part, pass, a, b + j, c + j, tail, start ? start + j : NULL);
  } else {
    glia_perform_block(view->recorder, part, &over_packed, a, packed, c + j, tail, start ? start + j : NULL);
  }
}

/// A panel of b, or less than one.
GLIA_INLINE void N(perform_packing)(glia_recorder *recorder, const S *from, ptrdiff_t step, ptrdiff_t lane_stride,
                                    int64_t lanes, int64_t depth, S *to) {
  const N(packing) packing = {from, step, lane_stride, (int)lanes, depth, to};
  glia_perform_other(recorder, N(pack_panel), &packing, sizeof packing);
}

/// All whole panels of a b whose columns are contiguous, row by row, as memory lies.
static void N(pack_along_rows)(const void *arguments) {
  const N(packing) *p = arguments;
  for (int64_t row = 0; row < p->depth; row++) {
    const S *from = p->from + row * p->step;
    S *to = p->to + row * N(PANEL);
    for (int64_t j = 0; j < p->lanes; j += N(PANEL), to += p->depth * N(PANEL)) {
      UNROLL for (int v = 0; v < VECTORS; v++) STORE(to + v * LANES, LOAD(from + j + v * LANES));
    }
  }
}

/// Panels of b for one pass: all of them, or the one at the end that only whole vectors can be read from.
GLIA_INLINE void N(pack_panels)(const N(view) *view, const S *b, int64_t depth, bool all, S *packed) {
  const int64_t whole = view->columns / N(PANEL) * N(PANEL);
  if (all) {
    int64_t j = 0;
    if (view->b_column == 1 && whole) {
      const N(packing) packing = {b, view->b_step, 1, (int)whole, depth, packed};
      glia_perform_other(view->recorder, N(pack_along_rows), &packing, sizeof packing);
      j = whole;
    }
    for (; j < view->columns; j += N(PANEL)) {
      N(perform_packing)(view->recorder, b + j * view->b_column, view->b_step, view->b_column,
                         N(minimum)(N(PANEL), view->columns - j), depth, packed + j * depth);
    }
  } else if (!view->reads_tail && view->columns % LANES) {
    N(perform_packing)(view->recorder, b + whole * view->b_column, view->b_step, view->b_column, view->columns - whole,
                       depth, packed);
  }
}

typedef struct {
  const S *a;
  ptrdiff_t a_row, a_step;
  int heights[GLIA_MATMUL_BLOCKS], blocks;
  int64_t left, depth;
  S *packed;
} N(row_packing);

static void N(pack_rows)(const void *arguments) {
  const N(row_packing) *p = arguments;
  const S *a = p->a;
  S *packed = p->packed;
  if (p->a_row == 1) {
    // Step by step over all blocks, as memory lies. Whole vectors where rows follow, whoever's they are.
    for (int64_t step = 0; step < p->depth; step++, a += p->a_step, packed += N(PITCH)) {
      const S *from = a;
      S *to = packed;
      int64_t left = p->left;
      for (int i = 0; i < p->blocks; i++, to += N(PITCH) * p->depth) {
        for (int lane = 0; lane < p->heights[i]; lane += LANES) {
          STORE(to + lane, left - lane >= LANES ? LOAD(from + lane) : LOAD_PART(from + lane, (size_t)(left - lane)));
        }
        from += p->heights[i];
        left -= p->heights[i];
      }
    }
    return;
  }
  int64_t left = p->left;
  for (int i = 0; i < p->blocks; i++, packed += N(PITCH) * p->depth) {
    // Whole vectors are packed faster than parts, so rows of the next block may come along.
    N(pack)(a, p->a_step, p->a_row, (int)N(minimum)(N(PITCH), left), p->depth, packed, N(PITCH));
    a += p->heights[i] * p->a_row;
    left -= p->heights[i];
  }
}

/// The next blocks of the `rows` rows of a for one pass, each PITCH · depth elements after the one before; how many rows.
GLIA_INLINE int64_t N(pack_blocks)(const N(view) *view, const S *a, int64_t rows, int64_t depth, S *packed) {
  N(row_packing) packing = {a, view->a_row, view->a_step, {0}, 0, rows, depth, packed};
  int64_t taken = 0;
  while (packing.blocks < GLIA_MATMUL_BLOCKS && taken < rows) {
    packing.heights[packing.blocks] = N(next_rows)(rows - taken);
    taken += packing.heights[packing.blocks++];
  }
  glia_perform_other(view->recorder, N(pack_rows), &packing, sizeof packing);
  return taken;
}

/// Whether the panels of b are worth packing though they could be read where they lie: rows in different pages miss the
/// caches, and many blocks of rows pay for the work.
GLIA_INLINE bool N(packs_panels)(const N(view) *view, int64_t depth) {
  if (view->b_column != 1) return true;
  enum { NEAR = 1 << 18, CACHED = 1 << 20, MANY = 256 };
  const int64_t row = view->b_step * (int64_t)sizeof(S);  // bytes
  if (view->rows < 4 * ROWS || depth * row <= NEAR) return false;
  // What stays in a second-level cache few rows read there as well.
  return view->rows >= MANY || view->depth * row > CACHED;
}

/// Whether blocks of a are worth packing: where its rows push one another out of the first-level cache, or each step of a block
/// lies in a page of its own. Else packing costs more than it saves.
GLIA_INLINE bool N(packs_rows)(const N(view) *view, int64_t depth) {
  const ptrdiff_t page = 4096 / (ptrdiff_t)sizeof(S);
  if (view->columns < 2 * N(PANEL) || depth < 16) return false;
  return view->a_step == 1 ? view->a_row % page == 0 : view->a_step >= page;
}

/// Few rows over contiguous columns of b, for as many columns as whole kernels have; the number of columns done.
static int64_t N(product_gathering)(const N(view) *view) {
  if (view->rows > GLIA_MATMUL_FEW || view->b_step != 1 || view->b_column == 1 || view->depth < QUAD) return 0;
  const glia_pass pass = {view->a_row, view->a_step, view->b_column, view->c_row, view->depth, view->start_row};
  const glia_block kernel = N(gathering_kernels)[view->rows - 1];
  int64_t j = 0;
  for (; j + LANES <= view->columns; j += LANES) {
    glia_perform_block(view->recorder, kernel, &pass, view->a, view->b + j * view->b_column, view->c + j, LANES,
                       view->start ? view->start + j : NULL);
  }
  return j;
}

/// A pass: steps p ..< p + depth of all sums of a view.
typedef struct {
  int64_t p, depth;
  bool packs_panels, packs_rows, keeps_rows;  // kept are all rows, packed already
  S *packed_rows, *packed;
} N(layer);

static void N(run_layer)(const N(view) *view, const N(layer) *layer, const matmul_epilogue *epilogue) {
  const int64_t rows = view->rows, p = layer->p, depth = layer->depth;
  const S *b = view->b + p * view->b_step;
  N(pack_panels)(view, b, depth, layer->packs_panels, layer->packed);
  const bool last = p + depth == view->depth;
  // All depths but the first go on from what c holds.
  const S *const start = p > 0 ? view->c : view->start;
  glia_pass pass = {view->a_row, view->a_step, view->b_step, view->c_row, depth, p > 0 ? view->c_row : view->start_row};
  if (layer->packs_rows) {
    pass.a_row = 1;
    pass.a_step = N(PITCH);
  }
  int64_t packed_to = layer->keeps_rows ? rows : 0, done = 0;  // rows whose epilogue has run
  const S *packed_block = layer->packed_rows;
  for (int64_t i = 0; i < rows;) {
    const int block = N(next_rows)(rows - i);
    const S *a = view->a + i * view->a_row + p * view->a_step;
    if (layer->packs_rows) {
      if (i == packed_to) {
        packed_to += N(pack_blocks)(view, a, rows - i, depth, layer->packed_rows);
        packed_block = layer->packed_rows;
      }
      a = packed_block;
      packed_block += N(PITCH) * depth;
    }
    N(run_panels)(view, &pass, block, a, b, view->c + i * view->c_row, start ? start + i * pass.start_row : NULL,
                  layer->packed, layer->packs_panels, layer->packs_rows);
    i += block;
    if (last) done = run_finished(epilogue, done, i, rows);
  }
}

/// The product row block by row block, and the epilogue over each few blocks.
static void N(product_blocked)(const N(view) *view, S *scratch, const matmul_epilogue *epilogue) {
  const int64_t pass_depth = glia_matmul_pass_depth(view->depth, view->rows, view->columns, view->a_row == 1);
  N(layer) layer = {.packs_panels = N(packs_panels)(view, pass_depth), .packs_rows = N(packs_rows)(view, pass_depth)};
  layer.packed_rows = scratch;
  layer.packed = scratch + (layer.packs_rows ? GLIA_MATMUL_BLOCKS * N(PITCH) * pass_depth : 0);
  do {
    layer.depth = N(minimum)(pass_depth, view->depth - layer.p);
    N(run_layer)(view, &layer, epilogue);
    layer.p += layer.depth;
  } while (layer.p < view->depth);
}

static void N(product)(const N(view) *view, S *scratch, const matmul_epilogue *epilogue) {
  const int64_t gathered = N(product_gathering)(view);
  if (!gathered) {
    N(product_blocked)(view, scratch, epilogue);
    return;
  }
  if (gathered < view->columns) {
    N(view) rest = *view;
    rest.columns -= gathered;
    rest.b += gathered * view->b_column;
    rest.c += gathered;
    if (rest.start) rest.start += gathered;
    N(product_blocked)(&rest, scratch, &no_epilogue);
  }
  run_epilogue(epilogue, view->rows);
}

typedef struct {
  const S *sums;
  S *to;
  int64_t rows, columns;
  ptrdiff_t c_column;
} N(turning);

/// Rows of sums as columns of c.
static void N(turn)(const void *arguments) {
  const N(turning) *t = arguments;
  S *to = t->to;
  int64_t l = 0;
  if (t->rows == QUAD) {
    for (; l + QUAD <= t->columns; l += QUAD) {
      N(quad) in[QUAD], out[QUAD];
      UNROLL for (int i = 0; i < QUAD; i++) memcpy(&in[i], t->sums + i * N(PANEL) + l, sizeof in[i]);
      QUAD_TRANSPOSE(in, out);
      UNROLL for (int i = 0; i < QUAD; i++, to += t->c_column) memcpy(to, &out[i], sizeof out[i]);
    }
  }
  for (; l < t->columns; l++, to += t->c_column) {
    for (int64_t i = 0; i < t->rows; i++) to[i] = t->sums[i * N(PANEL) + l];
  }
}

/// The transposed product of few rows: the view is of the transposes, so c's rows are contiguous down the view's rows. There
/// is one start for each row.
static void N(product_across)(const N(view) *view, S *scratch) {
  const bool in_place = view->rows == 1 && view->c_column == 1;
  S own[GLIA_MATMUL_FEW * N(PANEL)];
  S *const sums = view->recorder && !in_place ? glia_record_memory(view->recorder, sizeof own) : own;
  N(view) panel = *view;
  panel.c_row = N(PANEL);
  for (int64_t j = 0; j < view->columns; j += N(PANEL)) {
    S *to = view->c + j * view->c_column;
    panel.columns = N(minimum)(N(PANEL), view->columns - j);
    panel.b = view->b + j * view->b_column;
    panel.c = in_place ? to : sums;
    if (view->start) {
      for (int64_t i = 0; i < view->rows; i++) {
        glia_perform_move(view->recorder, N(fill_first), panel.c + i * N(PANEL), view->start + i, panel.columns);
      }
      panel.start = panel.c;
      panel.start_row = N(PANEL);
    }
    N(product)(&panel, scratch, &no_epilogue);
    if (in_place) continue;
    const N(turning) turning = {sums, to, view->rows, panel.columns, view->c_column};
    glia_perform_other(view->recorder, N(turn), &turning, sizeof turning);
  }
}

/// Some rows and columns of a view.
static N(view) N(piece)(const N(view) *view, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  N(view) piece = *view;
  piece.rows = N(minimum)(rows, view->rows - row);
  piece.columns = N(minimum)(columns, view->columns - column);
  piece.a += row * view->a_row;
  piece.b += column * view->b_column;
  piece.c += row * view->c_row + column;
  if (piece.start) piece.start += row * view->start_row + column;
  return piece;
}

/// Rows whose blocks are packed once a pass, for all columns.
static void N(product_kept)(const N(view) *view, int64_t pass_depth, S *scratch, const matmul_epilogue *epilogue) {
  N(layer) layer = {.packs_rows = true, .keeps_rows = true, .packed_rows = scratch};
  layer.packed = scratch + (view->rows + ROWS - 1) / ROWS * N(PITCH) * pass_depth;
  do {
    layer.depth = N(minimum)(pass_depth, view->depth - layer.p);
    S *to = scratch;
    for (int64_t i = 0; i < view->rows; to += GLIA_MATMUL_BLOCKS * N(PITCH) * layer.depth) {
      i += N(pack_blocks)(view, view->a + i * view->a_row + layer.p * view->a_step, view->rows - i, layer.depth, to);
    }
    for (int64_t j = 0; j < view->columns; j += GLIA_MATMUL_COLUMNS) {
      const N(view) strip = N(piece)(view, 0, view->rows, j, GLIA_MATMUL_COLUMNS);
      const matmul_epilogue part = epilogue_piece(epilogue, 0, j, strip.columns);
      layer.packs_panels = N(packs_panels)(&strip, pass_depth);
      N(run_layer)(&strip, &layer, &part);
    }
    layer.p += layer.depth;
  } while (layer.p < view->depth);
}

/// A rectangle too wide to pack at once.
static void N(wide_product)(const N(view) *view, S *scratch, const matmul_epilogue *whole) {
  const bool splits = whole->program && glia_program_splits_columns(whole->program);
  const matmul_epilogue *epilogue = splits ? whole : &no_epilogue;
  const int64_t pass_depth = glia_matmul_pass_depth(view->depth, view->rows, GLIA_MATMUL_COLUMNS, false);
  const bool keeps = N(packs_rows)(view, pass_depth);
  const int64_t rows = keeps ? GLIA_MATMUL_KEPT_ROWS : view->rows;
  const int64_t columns = keeps ? view->columns : GLIA_MATMUL_COLUMNS;
  for (int64_t i = 0; i < view->rows; i += rows) {
    for (int64_t j = 0; j < view->columns; j += columns) {
      const N(view) piece = N(piece)(view, i, rows, j, columns);
      const matmul_epilogue part = epilogue_piece(epilogue, i, j, piece.columns);
      if (keeps) {
        N(product_kept)(&piece, pass_depth, scratch, &part);
      } else {
        N(product)(&piece, scratch, &part);
      }
    }
  }
  if (!splits) run_epilogue(whole, view->rows);
}

/// Whether the lanes should run along the rows of c. For short sums the moving of c would cost more than it saves.
GLIA_INLINE bool N(goes_across)(int64_t rows, int64_t columns, int64_t depth) {
  return columns <= GLIA_MATMUL_FEW && rows >= 2 * columns && depth >= (columns == 1 ? 4 : 8);
}

/// One matrix of the batch, or some rows and columns of it.
static void N(rectangle)(const N(view) *view, S *scratch, const matmul_epilogue *epilogue) {
  // Few rows read most of b where it lies.
  const bool packs_little =
      view->rows <= WIDE_ROWS && (view->b_column == 1 || (view->b_step == 1 && view->depth >= QUAD));
  if (view->columns > GLIA_MATMUL_COLUMNS && !packs_little) {
    N(wide_product)(view, scratch, epilogue);
    return;
  }
  const bool has_one_start = !view->start || view->start_row == 0;
  if (!has_one_start || !N(goes_across)(view->rows, view->columns, view->depth)) {
    N(product)(view, scratch, epilogue);
    return;
  }
  const N(view) across = {view->b,       view->a,       view->c,        view->columns, view->rows, view->depth,
                          view->b_column, view->b_step, view->a_step, view->a_row,   1,          view->c_row,
                          view->start,    view->start_row, view->recorder, MASKED};
  N(product_across)(&across, scratch);
  run_epilogue(epilogue, view->rows);
}

/// Rows row0 ..< row1 of the batch and columns column0 ..< column1.
static void N(region)(const glia_matmul *matmul, int64_t row0, int64_t row1, int64_t column0, int64_t column1,
                      void *scratch, void *shared, glia_recorder *recorder) {
  N(view) view = {matmul->a,       matmul->b,        matmul->c,     row1 - row0,      column1 - column0, matmul->k,
                  matmul->a_row, matmul->a_column, matmul->b_row, matmul->b_column, matmul->c_row,     1,
                  NULL,            matmul->start_row, recorder,      MASKED || matmul->b_slack};
  matmul_epilogue epilogue = epilogue_of(matmul, row0, column0, column1 - column0, scratch, shared, recorder);
  const bool at_once = matmul->m < GLIA_MATMUL_SHORT;  // one rectangle over many short matrices
  for (int64_t row = row0; row < row1; row += view.rows) {
    const int64_t batch = matmul->batch == 1 ? 0 : row / matmul->m, i = row - batch * matmul->m;
    view.a = (const S *)matmul->a + batch * matmul->a_batch + i * matmul->a_row;
    view.b = (const S *)matmul->b + batch * matmul->b_batch + column0 * matmul->b_column;
    view.c = (S *)matmul->c + batch * matmul->c_batch + i * matmul->c_row + column0;
    if (matmul->start) view.start = (const S *)matmul->start + row * matmul->start_row + column0;
    view.rows = N(minimum)(matmul->m - i, row1 - row);
    epilogue.row = row;
    N(rectangle)(&view, scratch, at_once ? &no_epilogue : &epilogue);
  }
  if (!at_once) return;
  epilogue.row = row0;
  run_epilogue(&epilogue, row1 - row0);
}

/// A small product of one panel, all at once: nothing is prepared that could cost more than the work.
static void N(small)(const glia_matmul *matmul, S *scratch, void *shared, glia_recorder *recorder) {
  const int columns = (int)matmul->n, vectors = (columns + LANES - 1) / LANES, tail = columns - (vectors - 1) * LANES;
  const ptrdiff_t b_column = columns == 1 ? 1 : matmul->b_column;
  ptrdiff_t a_row = matmul->a_row, a_step = matmul->a_column, b_row = matmul->b_row, c_row = matmul->c_row;
  // Else they are moved by vector instructions, and waited for.
  KEEP_APART(a_row);
  KEEP_APART(a_step);
  KEEP_APART(b_row);
  KEEP_APART(c_row);
  glia_pass pass = {a_row, a_step, b_row, c_row, matmul->k, matmul->start_row};
  const S *b = matmul->b, *a = matmul->a, *start = matmul->start;
  if (b_column != 1 || (!MASKED && !matmul->b_slack && tail != LANES)) {
    N(perform_packing)(recorder, b, b_row, b_column, columns, matmul->k, scratch);
    b = scratch;
    pass.b_step = N(PANEL);
  }
  S *c = matmul->c;
  for (int64_t left = matmul->m; left > 0;) {
    const int block = N(next_rows)(left);
    glia_perform_block(recorder, N(kernels)[block - 1][vectors - 1], &pass, a, b, c, tail, start);
    if (start) start += block * matmul->start_row;
    a += block * a_row;
    c += block * c_row;
    left -= block;
  }
  if (matmul->epilogue) {
    const matmul_epilogue epilogue = epilogue_of(matmul, 0, 0, columns, scratch, shared, recorder);
    run_epilogue(&epilogue, matmul->m);
  }
}

GLIA_INLINE bool N(is_small)(const glia_matmul *matmul) {
  return matmul->batch == 1 && matmul->n <= N(PANEL) && matmul->k <= GLIA_MATMUL_SINGLE_DEPTH &&
         matmul->m <= 8 * ROWS && (matmul->m <= ROWS || !N(goes_across)(matmul->m, matmul->n, matmul->k));
}

static void N(task)(const glia_matmul *matmul, const glia_matmul_part *part, void *scratch, void *shared,
                    glia_recorder *recorder) {
  if (!part) {
    if (N(is_small)(matmul)) {
      N(small)(matmul, scratch, shared, recorder);
      return;
    }
    N(region)(matmul, 0, matmul->batch * matmul->m, 0, matmul->n, scratch, shared, recorder);
    return;
  }
  N(region)(matmul, part->row0, part->row1, part->column0, part->column1, scratch, shared, recorder);
}
