// Matrix products: how they are cut into tasks, by their shape and the threads there are, and who runs them. What a task does is in matmul.inc.h.
#include "matmul.h"

#include "context.h"

enum {
  // Fused multiply-adds; reading an element of b counts as READ_WORK of them.
  EPILOGUE_WORK = 3,  // an instruction on an element takes as long as three multiply-adds
  PARALLEL_WORK = 3 << 20,  // less is done by one thread: waking another costs more
  ROWS_OF_READING = 3,      // up to so many reading b is the bound, and
  PARALLEL_READING = 1 << 20,  // this is how much pays to share
  TASK_WORK = 1 << 18,      // tasks are not cut smaller than this
  READ_WORK = 8,
  MOST_TASKS = 16,
  TASK_ROWS = 1024,
  LEAST_ROWS = 32,          // of a task, so that packing a panel of b pays
  LARGE_ELEMENTS = 1 << 18, // of a b that does not stay in a second-level cache, so that tasks have more rows:
  LEAST_ROWS_OVER_LARGE = 128,
  DIRECT_COLUMNS = 128,     // fewer are read as they lie, by tasks of
  LEAST_DIRECT_ROWS = 8,
  LEAST_COLUMNS = 64,       // so that packing a block of a pays
  LEAST_READING_COLUMNS = 128,
  PACKING = 4,              // packing an element, in reads of one
};

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t maximum(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

/// Tasks do not straddle groups of rows.
typedef struct {
  int64_t group_rows, groups;
  int64_t task_rows, row_tasks;  // of one group
  int64_t task_columns, column_tasks;
} cut;

static int64_t work_of(const glia_matmul *matmul, int64_t rows, int64_t columns) {
  return (rows + READ_WORK) * columns * maximum(matmul->k, 1);
}

static bool has_accumulators(const glia_matmul *matmul) {
  return matmul->epilogue && matmul->epilogue->accumulator_count > 0;
}

/// A group of rows and the columns cut into so many pieces, or fewer where they come out even.
static void cut_into(cut *cut, const glia_matmul *matmul, int64_t row_pieces, int64_t column_pieces,
                     int64_t chunk_rows) {
  cut->task_rows = round_up(divide_up(cut->group_rows, row_pieces), chunk_rows);
  cut->task_columns =
      column_pieces == 1 ? matmul->n : round_up(divide_up(matmul->n, column_pieces), GLIA_MATMUL_PANEL);
  cut->row_tasks = divide_up(cut->group_rows, cut->task_rows);
  cut->column_tasks = divide_up(matmul->n, cut->task_columns);
}

/// The elements that all tasks pack or read from afar: each task of rows has to do with all of b, each of columns with all of a.
static int64_t packed_elements(const glia_matmul *matmul, const cut *cut) {
  const bool packs_b = matmul->b_column != 1, packs_a = matmul->a_column != 1;
  const int64_t column_passes = maximum(cut->column_tasks, divide_up(matmul->n, GLIA_MATMUL_COLUMNS));
  // A small b that is not packed each thread has in its own cache, while a and c are another thread's where tasks are cut otherwise
  // than those before and after them: by columns.
  const bool is_near = !packs_b && matmul->k * matmul->n <= LARGE_ELEMENTS;
  const int64_t b = is_near ? 0 : matmul->n * cut->row_tasks * cut->groups * (packs_b ? PACKING : 1);
  const int64_t a = cut->group_rows * cut->groups * column_passes * (packs_a ? PACKING : 1);
  return a + b;
}

/// As many tasks as there are threads: each reads and packs operands of its own, so more would be slower.
static cut make_cut(const glia_matmul *matmul, int threads) {
  const int64_t rows = matmul->batch * matmul->m, n = matmul->n;
  const bool accumulates = has_accumulators(matmul);
  const bool splits_columns = !matmul->epilogue || glia_program_splits_columns(matmul->epilogue);
  const int64_t chunk_rows = accumulates ? glia_program_chunk_rows(matmul->epilogue) : 1;
  const bool direct = matmul->b_column == 1 && n < DIRECT_COLUMNS && n > GLIA_MATMUL_FEW;
  const int64_t usual_rows = matmul->k * n > LARGE_ELEMENTS ? LEAST_ROWS_OVER_LARGE : LEAST_ROWS;
  const int64_t least_rows = maximum(direct ? LEAST_DIRECT_ROWS : usual_rows, chunk_rows);
  cut best = {0};
  const int64_t matrices = maximum(LEAST_ROWS / matmul->m, TASK_WORK / work_of(matmul, matmul->m, n));
  best.group_rows = accumulates ? rows : matmul->m * maximum(1, minimum(matmul->batch, matrices));
  best.groups = divide_up(rows, best.group_rows);
  const int64_t work = work_of(matmul, best.group_rows, n) * best.groups;
  const int64_t tasks = minimum(threads, MOST_TASKS);
  const int64_t wanted = divide_up(maximum(1, minimum(tasks, work / TASK_WORK)), best.groups);
  const int64_t row_pieces = divide_up(best.group_rows, TASK_ROWS);
  const int64_t most_rows = maximum(row_pieces, best.group_rows / least_rows);
  // Few rows over bfloat16 are read for many columns at once.
  const int64_t least_columns = matmul->b_bfloat16 && rows < LEAST_ROWS ? GLIA_MATMUL_COLUMNS
                                : rows <= ROWS_OF_READING               ? LEAST_READING_COLUMNS
                                                                        : LEAST_COLUMNS;
  const int64_t most_columns = splits_columns ? maximum(1, n / least_columns) : 1;
  int64_t best_tasks = 0, best_packed = 0;
  for (int64_t factor = 1; factor <= MOST_TASKS; factor *= 2) {
    cut cut = best;
    const int64_t pieces = minimum(row_pieces * factor, most_rows);
    cut_into(&cut, matmul, pieces, minimum(divide_up(wanted, pieces), most_columns), chunk_rows);
    const int64_t got = minimum(wanted, cut.row_tasks * cut.column_tasks), packed = packed_elements(matmul, &cut);
    if (got > best_tasks || (got == best_tasks && packed < best_packed)) {
      best = cut;
      best_tasks = got;
      best_packed = packed;
    }
  }
  return best;
}

static glia_matmul_part part_of(const glia_matmul *matmul, const cut *cut, int64_t task) {
  const int64_t row_task = task / cut->column_tasks, group = row_task / cut->row_tasks, first = group * cut->group_rows;
  glia_matmul_part part;
  part.row0 = first + row_task % cut->row_tasks * cut->task_rows;
  part.row1 = minimum(part.row0 + cut->task_rows, minimum(first + cut->group_rows, matmul->batch * matmul->m));
  part.column0 = task % cut->column_tasks * cut->task_columns;
  part.column1 = minimum(part.column0 + cut->task_columns, matmul->n);
  return part;
}

size_t glia_matmul_pack_bytes(const glia_matmul *matmul, int64_t columns) {
  const int64_t element = matmul->type == GLIA_FLOAT64 ? 8 : 4;
  const int64_t depth = maximum(1, minimum(matmul->k, GLIA_MATMUL_LONG_DEPTH));
  const int64_t lanes = round_up(minimum(columns, GLIA_MATMUL_COLUMNS), GLIA_MATMUL_PANEL);
  const int64_t blocks = GLIA_MATMUL_BLOCKS * GLIA_MATMUL_ROWS;
  // Rows in whole vectors: at most four lanes for three rows, and a block more.
  const int64_t kept = minimum(matmul->batch * matmul->m, GLIA_MATMUL_KEPT_ROWS) * 4 / 3 + GLIA_MATMUL_ROWS;
  const int64_t row_lanes = columns > GLIA_MATMUL_COLUMNS ? maximum(blocks, kept) : blocks;
  return (size_t)round_up(depth * (lanes + row_lanes) * element, 64);
}

glia_scratch glia_matmul_scratch(const glia_matmul *matmul) {
  glia_scratch scratch = {0, 0};
  if (matmul->epilogue) scratch = glia_program_scratch(matmul->epilogue);
  scratch.per_thread += glia_matmul_pack_bytes(matmul, matmul->n);
  return scratch;
}

typedef struct {
  const glia_matmul *matmul;
  const glia_table *table;
  cut cut;
} job;

static void run_task(void *argument, int64_t index, void *scratch, void *shared) {
  const job *job = argument;
  const glia_matmul_part part = part_of(job->matmul, &job->cut, index);
  if (part.row0 < part.row1) job->table->matmul_task(job->matmul, &part, scratch, shared, NULL);
}

static void run(const glia_matmul *matmul, glia_context *context, glia_recorder *recorder) {
  const glia_table *table = glia_active_table();
  const int64_t rows = matmul->batch * matmul->m;
  int64_t work = work_of(matmul, rows, matmul->n);
  if (matmul->epilogue) work += EPILOGUE_WORK * rows * matmul->n * glia_program_element_work(matmul->epilogue);
  if (work < (rows <= ROWS_OF_READING ? PARALLEL_READING : PARALLEL_WORK)) {
    table->matmul_task(matmul, NULL, glia_thread_scratch(context, 0), context->memory, recorder);
    return;
  }
  if (recorder) {
    glia_record_refuse(recorder);
    return;
  }
  job job = {matmul, table, make_cut(matmul, context->threads)};
  glia_parallel(context, job.cut.groups * job.cut.row_tasks * job.cut.column_tasks, run_task, &job);
}

static void multiply(const glia_matmul *matmul, glia_context *context, glia_recorder *recorder) {
  const glia_program *epilogue = matmul->epilogue;
  if (epilogue) glia_program_begin(epilogue, context->memory, recorder);
  if (matmul->batch > 0 && matmul->m > 0 && matmul->n > 0) {
    const bool is_tall = matmul->batch > 1 && matmul->b_batch == 0 && matmul->a_batch == matmul->m * matmul->a_row &&
                         matmul->c_batch == matmul->m * matmul->c_row;
    if (is_tall) {
      glia_matmul tall = *matmul;
      tall.m *= tall.batch;
      tall.batch = 1;
      run(&tall, context, recorder);
    } else {
      run(matmul, context, recorder);
    }
  }
  if (epilogue) glia_program_end(epilogue, context->memory, recorder);
}

void glia_matmul_kernel(const void *arguments, glia_context *context) { multiply(arguments, context, NULL); }

void glia_matmul_record(const glia_matmul *matmul, glia_context *context, glia_recorder *recorder) {
  const glia_program *epilogue = matmul->epilogue;
  // Partials of several chunks are combined by loops that are not steps.
  if (epilogue && epilogue->accumulator_count && glia_program_chunk_rows(epilogue) < epilogue->rows) {
    glia_record_refuse(recorder);
    return;
  }
  multiply(matmul, context, recorder);
}
