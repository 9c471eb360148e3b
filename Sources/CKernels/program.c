// How programs are cut: into chunks of rows, by their shape alone, and into what each thread takes at a time.
#include "program.h"

#include "half.h"

enum {
  WHOLE_ELEMENTS = 32768,         // a program of no more is one chunk
  CHUNK_ELEMENTS = 16384,
  MINIMUM_ACCUMULATING_ROWS = 32, // so that partials are few, and blocks of products as tall
  MAXIMUM_ACCUMULATING_CHUNKS = 64,
  // In elements × instructions: less is done by one thread before a second has begun, and what a thread takes at a time.
  SERIAL_WORK = 1000000,
  PIECE_WORK = 150000,
};

#define S float
#define N(name) name##_f32
#include "convert.inc.h"
#undef S
#undef N
#define S double
#define N(name) name##_f64
#include "convert.inc.h"
#undef S
#undef N

static bool is_transcendental(uint8_t operation) {
  return (operation >= GLIA_EXP && operation <= GLIA_ERF) || operation == GLIA_POWER;
}

bool glia_program_needs_rows(const glia_program *program) {
  for (int32_t i = 0; i < program->instruction_count; i++) {
    uint8_t operation = program->instructions[i].operation;
    if (operation >= GLIA_ROW_SUM && operation <= GLIA_ROW_MINIMUM) return true;
  }
  for (int32_t i = 0; i < program->store_count; i++) {
    if (program->stores[i].layout == GLIA_PER_ROW) return true;
  }
  return false;
}

bool glia_program_splits_columns(const glia_program *program) {
  for (int32_t i = 0; i < program->accumulator_count; i++) {
    if (program->accumulators[i].layout == GLIA_SCALAR) return false;
  }
  return !glia_program_needs_rows(program);
}

int64_t glia_program_chunk_rows(const glia_program *program) {
  int64_t rows = program->rows, columns = program->columns;
  if (rows <= 1 || rows * columns <= WHOLE_ELEMENTS) return rows > 1 ? rows : 1;
  int64_t chunk = CHUNK_ELEMENTS / columns;
  if (program->accumulator_count) {
    int64_t least = (rows + MAXIMUM_ACCUMULATING_CHUNKS - 1) / MAXIMUM_ACCUMULATING_CHUNKS;
    if (least < MINIMUM_ACCUMULATING_ROWS) least = MINIMUM_ACCUMULATING_ROWS;
    if (chunk < least) chunk = least;
  }
  int64_t tile = columns <= GLIA_TILE / 2 ? GLIA_TILE / columns : 1;
  chunk -= chunk > tile ? chunk % tile : 0;
  return chunk > 1 ? (chunk < rows ? chunk : rows) : 1;
}

static int64_t chunk_count(const glia_program *program, int64_t chunk_rows) {
  return program->rows > chunk_rows ? (program->rows + chunk_rows - 1) / chunk_rows : 1;
}

glia_scratch glia_program_scratch(const glia_program *program) {
  int64_t rows = program->rows, columns = program->columns, elements = rows * columns;
  int64_t most = elements < GLIA_TILE ? elements : GLIA_TILE;
  if (most < columns && glia_program_needs_rows(program)) most = columns;
  int64_t tile_rows = rows < GLIA_TILE ? rows : GLIA_TILE;
  if (most < tile_rows) most = tile_rows;
  size_t home_bytes = glia_lines((size_t)most * glia_register_size(program));
  glia_scratch scratch = {
    .per_thread = glia_program_head_bytes(program) + program->register_count * home_bytes,
    .shared = (size_t)chunk_count(program, glia_program_chunk_rows(program)) * glia_partials_bytes(program),
  };
  return scratch;
}

// ---- Partials ---------------------------------------------------------------------------------------------------

static double start_value(uint8_t operation) {
  return operation == GLIA_ROW_SUM ? 0 : operation == GLIA_ROW_MAXIMUM ? -__builtin_inf() : __builtin_inf();
}

static void fill_f32(void *dst, double value, int64_t count) {
  for (int64_t j = 0; j < count; j++) ((float *)dst)[j] = (float)value;
}
static void fill_f64(void *dst, double value, int64_t count) {
  for (int64_t j = 0; j < count; j++) ((double *)dst)[j] = value;
}

void glia_program_begin(const glia_program *program, void *shared, glia_recorder *recorder) {
  if (!program->accumulator_count) return;
  int64_t chunks = chunk_count(program, glia_program_chunk_rows(program));
  char *partial = shared;
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    for (int32_t i = 0; i < program->accumulator_count; i++) {
      const glia_accumulator *accumulator = &program->accumulators[i];
      bool is_scalar = accumulator->layout == GLIA_SCALAR;
      glia_perform_fill(recorder, is_scalar || program->type == GLIA_FLOAT64 ? fill_f64 : fill_f32, partial,
                        start_value(accumulator->operation), is_scalar ? 1 : program->columns);
      partial += glia_partial_bytes(program, accumulator);
    }
  }
}

// NaN wins, as in the kernels.
#define COMBINE_PARTIALS(name, T)                                                                  \
  static void name(uint8_t operation, T *sums, const T *more, int64_t count) {                     \
    for (int64_t j = 0; j < count; j++) {                                                          \
      T a = sums[j], b = more[j];                                                                  \
      if (operation == GLIA_ROW_SUM) sums[j] = a + b;                                              \
      if (operation == GLIA_ROW_MAXIMUM) sums[j] = ((a > b) | (a != a)) ? a : b;                     \
      if (operation == GLIA_ROW_MINIMUM) sums[j] = ((a < b) | (a != a)) ? a : b;                     \
    }                                                                                              \
  }
COMBINE_PARTIALS(combine_f32, float)
COMBINE_PARTIALS(combine_f64, double)
#undef COMBINE_PARTIALS

static const glia_move stores_f32[] = {
  store_float32_f32, store_float64_f32, store_int32_f32, store_int64_f32, store_bool_f32, store_bfloat16_f32,
  store_float16_f32,
};
static const glia_move stores_f64[] = {
  store_float32_f64, store_float64_f64, store_int32_f64, store_int64_f64, store_bool_f64, store_bfloat16_f64,
  store_float16_f64,
};

void glia_program_end(const glia_program *program, void *shared, glia_recorder *recorder) {
  if (!program->accumulator_count) return;
  int64_t chunks = chunk_count(program, glia_program_chunk_rows(program));
  size_t stride = glia_partials_bytes(program);
  char *partial = shared;
  for (int32_t i = 0; i < program->accumulator_count; i++) {
    const glia_accumulator *accumulator = &program->accumulators[i];
    bool is_scalar = accumulator->layout == GLIA_SCALAR;
    bool is_double = is_scalar || program->type == GLIA_FLOAT64;
    int64_t count = is_scalar ? 1 : program->columns;
    for (int64_t chunk = 1; chunk < chunks; chunk++) {
      char *more = partial + (size_t)chunk * stride;
      if (is_double) {
        combine_f64(accumulator->operation, (double *)partial, (const double *)more, count);
      } else {
        combine_f32(accumulator->operation, (float *)partial, (const float *)more, count);
      }
    }
    glia_perform_move(recorder, (is_double ? stores_f64 : stores_f32)[accumulator->type], accumulator->data, partial,
                      count);
    partial += glia_partial_bytes(program, accumulator);
  }
}

// ---- Running ----------------------------------------------------------------------------------------------------

typedef struct {
  const glia_program *program;
  const glia_table *table;
  int64_t chunk_rows, piece_columns, pieces;
} cut_program;

static void run_piece(void *argument, int64_t index, void *scratch, void *shared) {
  const cut_program *cut = argument;
  const glia_program *program = cut->program;
  int64_t row = index / cut->pieces * cut->chunk_rows, column = index % cut->pieces * cut->piece_columns;
  int64_t row_end = row + cut->chunk_rows, column_end = column + cut->piece_columns;
  cut->table->program_rectangle(program, row, row_end < program->rows ? row_end : program->rows, column,
                                column_end < program->columns ? column_end : program->columns, scratch, shared, NULL);
}

int64_t glia_program_element_work(const glia_program *program) {
  int64_t work = program->load_count + program->store_count + program->accumulator_count;
  for (int32_t i = 0; i < program->instruction_count; i++) {
    work += is_transcendental(program->instructions[i].operation) ? 12 : 1;
  }
  return work;
}

static void run_whole(const glia_program *program, glia_context *context, glia_recorder *recorder) {
  void *scratch = glia_context_scratch(context), *shared = glia_context_shared(context);
  glia_program_begin(program, shared, recorder);
  glia_active_table()->program_rectangle(program, 0, program->rows, 0, program->columns, scratch, shared, recorder);
  glia_program_end(program, shared, recorder);
}

void glia_program_record(const glia_program *program, glia_context *context, glia_recorder *recorder) {
  if (program->rows * program->columns <= WHOLE_ELEMENTS) {
    run_whole(program, context, recorder);
  } else {
    glia_record_refuse(recorder);
  }
}

/// The rows that a thread takes at a time. Where no sum crosses rows no bit depends on it, and it goes by the work.
static int64_t piece_rows(const glia_program *program, int64_t work) {
  int64_t chunk = glia_program_chunk_rows(program), columns = program->columns;
  if (program->accumulator_count || work == 0) return chunk;
  int64_t tile = columns <= GLIA_TILE / 2 ? GLIA_TILE / columns : 1;
  int64_t rows = (program->rows * PIECE_WORK / work + tile) / tile * tile;
  return rows < chunk ? rows : chunk;
}

void glia_program_kernel(const void *argument, glia_context *context) {
  const glia_program *program = argument;
  int64_t elements = program->rows * program->columns, work = elements * glia_program_element_work(program);
  bool is_parallel = glia_context_threads(context) > 1 && work > SERIAL_WORK;
  if (elements <= WHOLE_ELEMENTS && (program->accumulator_count || !is_parallel)) {
    run_whole(program, context, NULL);
    return;
  }
  void *scratch = glia_context_scratch(context), *shared = glia_context_shared(context);
  glia_program_begin(program, shared, NULL);
  cut_program cut = {program, glia_active_table(), piece_rows(program, work), program->columns, 1};
  if (program->columns > CHUNK_ELEMENTS && glia_program_splits_columns(program)) {
    cut.piece_columns = CHUNK_ELEMENTS;
    cut.pieces = (program->columns + CHUNK_ELEMENTS - 1) / CHUNK_ELEMENTS;
  }
  int64_t count = chunk_count(program, cut.chunk_rows) * cut.pieces;
  if (is_parallel && count > 1) {
    glia_parallel(context, count, run_piece, &cut);
  } else {
    for (int64_t i = 0; i < count; i++) run_piece(&cut, i, scratch, shared);
  }
  glia_program_end(program, shared, NULL);
}

void glia_apply(glia_operation operation, glia_type type, void *dst, const void *a, const void *b, const void *c,
                size_t count) {
  glia_elementwise function = glia_active_table()->elementwise[type == GLIA_FLOAT64][operation][0];
  if (function) function(dst, a, b, c, count);
}
