// Matrix products: how they are cut into tasks and who runs them. What a task does is in matmul.inc.h.
#include "matmul.h"

#include "context.h"

enum {
  // Fused multiply-adds; reading an element of b counts as READ_WORK of them.
  EPILOGUE_WORK = 3,  // an instruction on an element takes as long as three multiply-adds
  PARALLEL_WORK = 3 << 20,  // less is done by one thread: waking another costs more
  TASK_WORK = 1 << 18,      // tasks are not cut smaller than this
  READ_WORK = 8,
  WANTED_TASKS = 8,
  TASK_ROWS = 512,
  LEAST_ROWS = 32,          // of a task, so that packing a panel of b pays
  LEAST_DIRECT_ROWS = 8,    // where few columns of b are read as they lie
  LEAST_COLUMNS = 128,      // so that packing a block of a pays
};

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t maximum(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

static int64_t work_of(const glia_matmul *matmul, int64_t rows, int64_t columns) {
  return (rows + READ_WORK) * columns * maximum(matmul->k, 1);
}

static bool has_accumulators(const glia_matmul *matmul) {
  return matmul->epilogue && matmul->epilogue->accumulator_count > 0;
}

glia_matmul_cut glia_matmul_make_cut(const glia_matmul *matmul) {
  const int64_t rows = matmul->batch * matmul->m, n = matmul->n;
  const bool accumulates = has_accumulators(matmul);
  const bool splits_columns = !matmul->epilogue || glia_program_splits_columns(matmul->epilogue);
  const int64_t chunk_rows = accumulates ? glia_program_chunk_rows(matmul->epilogue) : 1;
  const bool direct = matmul->b_column == 1 && n < LEAST_COLUMNS && n > GLIA_MATMUL_FEW;
  const int64_t least_rows = direct ? LEAST_DIRECT_ROWS : LEAST_ROWS;
  // Few rows over bfloat16 are read for many columns at once.
  const int64_t few_columns = matmul->b_bfloat16 && rows < LEAST_ROWS ? GLIA_MATMUL_COLUMNS : GLIA_MATMUL_PANEL;
  glia_matmul_cut cut;
  const int64_t matrices = maximum(LEAST_ROWS / matmul->m, TASK_WORK / work_of(matmul, matmul->m, n));
  cut.group_rows = accumulates ? rows : matmul->m * maximum(1, minimum(matmul->batch, matrices));
  cut.groups = divide_up(rows, cut.group_rows);
  int64_t row_pieces = divide_up(cut.group_rows, TASK_ROWS);
  int64_t column_pieces = splits_columns ? divide_up(n, GLIA_MATMUL_COLUMNS) : 1;
  for (;;) {
    cut.task_rows = round_up(divide_up(cut.group_rows, row_pieces), chunk_rows);
    cut.task_columns = column_pieces == 1 ? n : round_up(divide_up(n, column_pieces), GLIA_MATMUL_PANEL);
    cut.row_tasks = divide_up(cut.group_rows, cut.task_rows);
    cut.column_tasks = divide_up(n, cut.task_columns);
    if (cut.groups * cut.row_tasks * cut.column_tasks >= WANTED_TASKS) return cut;
    if (work_of(matmul, cut.task_rows, cut.task_columns) < 2 * TASK_WORK) return cut;
    const bool rows_may = cut.task_rows >= 2 * maximum(least_rows, chunk_rows);
    const int64_t least_columns = cut.task_rows > 2 * LEAST_ROWS ? LEAST_COLUMNS : few_columns;
    const bool columns_may = splits_columns && cut.task_columns >= 2 * least_columns;
    if (rows_may && (cut.task_rows >= cut.task_columns || !columns_may)) {
      row_pieces *= 2;
    } else if (columns_may) {
      column_pieces *= 2;
    } else {
      return cut;
    }
  }
}

glia_matmul_part glia_matmul_part_of(const glia_matmul *matmul, int64_t task) {
  const glia_matmul_cut cut = glia_matmul_make_cut(matmul);
  const int64_t row_task = task / cut.column_tasks, group = row_task / cut.row_tasks, first = group * cut.group_rows;
  glia_matmul_part part;
  part.row0 = first + row_task % cut.row_tasks * cut.task_rows;
  part.row1 = minimum(part.row0 + cut.task_rows, minimum(first + cut.group_rows, matmul->batch * matmul->m));
  part.column0 = task % cut.column_tasks * cut.task_columns;
  part.column1 = minimum(part.column0 + cut.task_columns, matmul->n);
  return part;
}

size_t glia_matmul_pack_bytes(const glia_matmul *matmul, int64_t columns) {
  const int64_t element = matmul->type == GLIA_FLOAT64 ? 8 : 4;
  const int64_t depth = maximum(1, minimum(matmul->k, GLIA_MATMUL_SINGLE_DEPTH));
  const int64_t lanes =
      round_up(minimum(columns, GLIA_MATMUL_COLUMNS), GLIA_MATMUL_PANEL) + GLIA_MATMUL_BLOCKS * GLIA_MATMUL_ROWS;
  return (size_t)round_up(depth * lanes * element, 64);
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
} job;

static void run_task(void *argument, int64_t index, void *scratch, void *shared) {
  const job *job = argument;
  job->table->matmul_task(job->matmul, index, scratch, shared, NULL);
}

static void run(const glia_matmul *matmul, glia_context *context, glia_recorder *recorder) {
  const glia_table *table = glia_active_table();
  const int64_t rows = matmul->batch * matmul->m;
  int64_t work = work_of(matmul, rows, matmul->n);
  if (matmul->epilogue) work += EPILOGUE_WORK * rows * matmul->n * glia_program_element_work(matmul->epilogue);
  if (work < PARALLEL_WORK) {
    table->matmul_task(matmul, GLIA_MATMUL_WHOLE, glia_thread_scratch(context, 0), context->memory, recorder);
    return;
  }
  if (recorder) {
    glia_record_refuse(recorder);
    return;
  }
  const glia_matmul_cut cut = glia_matmul_make_cut(matmul);
  job job = {matmul, table};
  glia_parallel(context, cut.groups * cut.row_tasks * cut.column_tasks, run_task, &job);
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
