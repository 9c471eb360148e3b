// Tile programs: reductions by themselves, and random programs.
#include "cases.h"

// ---- Reductions -------------------------------------------------------------------------------------------------------

static const char *const reduction_names[] = {"sum", "maximum", "minimum"};

/// Rows, columns and the total of one array, reduced and stored in the registers' own type; totals in float64.
static void reduce(int reduction, glia_type type, int64_t rows, int64_t columns, bool is_wild) {
  begin_case();
  void *a = take(rows * columns, type);
  for (int64_t i = 0; i < rows * columns; i++) {
    if (is_wild) set_wild(type, a, i);
    else set_tame(type, a, i);
  }
  void *by_row = take(rows, type), *by_column = take(columns, type), *total = take(1, GLIA_FLOAT64);
  uint8_t operation = (uint8_t)(GLIA_ROW_SUM + reduction), own = (uint8_t)type;
  glia_stream load = {a, columns, own, GLIA_FULL, 0, one_in(2)}, store = {by_row, 1, own, GLIA_PER_ROW, 1, one_in(2)};
  glia_instruction instruction = {.operation = operation, .dst = 1, .a = 0};
  glia_accumulator accumulators[] = {
      {by_column, operation, GLIA_PER_COLUMN, own, 0},
      {total, operation, GLIA_SCALAR, GLIA_FLOAT64, 0},
  };
  glia_program program = {
      .rows = rows, .columns = columns, .type = own, .register_count = 2, .load_count = 1, .instruction_count = 1,
      .store_count = 1, .accumulator_count = 2, .loads = &load, .instructions = &instruction, .stores = &store,
      .accumulators = accumulators,
  };
  glia_context_reserve(context, glia_program_scratch(&program));
  run_kernel(glia_program_kernel, &program);
  hash_array(by_row, rows, type);
  hash_array(by_column, columns, type);
  hash_array(total, 1, GLIA_FLOAT64);
  end_case("reduction %s of %s, %s numbers, %lld x %lld:", reduction_names[reduction], type_names[type],
           is_wild ? "wild" : "tame", (long long)rows, (long long)columns);
}

void reduction_cases(void) {
  static const int64_t large[][2] = {{1, 5000}, {3, 1025}, {300, 77}, {2000, 33}, {33000, 1}, {40, 3000}, {1, 70000}};
  for (int type = GLIA_FLOAT32; type <= GLIA_FLOAT64; type++) {
    for (int reduction = 0; reduction < 3; reduction++) {
      for (int is_wild = 0; is_wild < 2; is_wild++) {
        numbers_start((uint64_t)(100 + 8 * type + 2 * reduction + is_wild));
        for (int64_t columns = 0; columns <= 70; columns++) {
          reduce(reduction, (glia_type)type, random_between(0, 9), columns, is_wild);
        }
        for (int i = 0; i < (int)(sizeof large / sizeof large[0]); i++) {
          reduce(reduction, (glia_type)type, large[i][0], large[i][1], is_wild);
        }
      }
    }
  }
}

// ---- Random programs --------------------------------------------------------------------------------------------------

enum { MOST_REGISTERS = MOST_STREAMS + MOST_CONSTANTS + MOST_INSTRUCTIONS };

/// The registers of one kind: those that hold a scalar an element, or a scalar a row.
typedef struct {
  uint16_t all[MOST_REGISTERS], writable[MOST_REGISTERS];
  int count, writable_count;
} registers;

typedef struct {
  program_case *made;
  registers full, per_row;
} builder;

static uint16_t new_register(builder *b, registers *kind) {
  uint16_t reg = b->made->program.register_count++;
  kind->all[kind->count++] = reg;
  return reg;
}

static uint16_t some(const registers *kind) { return kind->all[random_below(kind->count)]; }

static int64_t extent(const program_case *made, const glia_stream *stream) {
  switch (stream->layout) {
    case GLIA_FULL: return (made->program.rows - 1) * stream->row_stride + made->program.columns;
    case GLIA_PER_ROW: return (made->program.rows - 1) * stream->row_stride + 1;
    case GLIA_PER_COLUMN: return made->program.columns;
    default: return 1;
  }
}

static glia_stream new_stream(const program_case *made, glia_layout layout, glia_type type, uint16_t reg) {
  int64_t least = layout == GLIA_FULL ? made->program.columns : 1;
  glia_stream stream = {NULL, least + (one_in(3) ? random_below(6) : 0), (uint8_t)type, (uint8_t)layout, reg, one_in(2)};
  int64_t count = extent(made, &stream);
  stream.data = take(count, type);
  for (int64_t i = 0; i < count; i++) set_tame(type, stream.data, i);
  return stream;
}

static glia_type memory_type(const program_case *made) {
  return one_in(3) ? (glia_type)random_below(7) : (glia_type)made->program.type;
}

static void add_loads(builder *b, bool begins_with_own_type) {
  static const glia_layout layouts[] = {GLIA_FULL, GLIA_FULL, GLIA_PER_ROW, GLIA_PER_COLUMN, GLIA_SCALAR};
  program_case *made = b->made;
  int count = (int)random_between(1, MOST_STREAMS);
  for (int i = 0; i < count; i++) {
    glia_layout layout = i == 0 ? GLIA_FULL : layouts[random_below(5)];
    glia_type type = memory_type(made);
    if (i == 0 && begins_with_own_type) type = (glia_type)made->program.type;
    made->loads[i] = new_stream(made, layout, type, new_register(b, layout == GLIA_PER_ROW ? &b->per_row : &b->full));
  }
  made->program.load_count = count;
}

static void add_constants(builder *b) {
  int count = (int)random_below(MOST_CONSTANTS + 1);
  for (int i = 0; i < count; i++) {
    bool is_per_row = one_in(3);
    glia_constant constant = {everyday(), new_register(b, is_per_row ? &b->per_row : &b->full), is_per_row};
    b->made->constants[i] = constant;
  }
  b->made->program.constant_count = count;
}

static glia_instruction new_instruction(const builder *b) {
  glia_instruction instruction = {0};
  if (one_in(6)) {
    instruction.operation = (uint8_t)random_between(GLIA_ROW_SUM, GLIA_ROW_MINIMUM);
    instruction.a = some(&b->full);
  } else if (b->per_row.count && one_in(5)) {
    instruction.operation = GLIA_ROW_EXPAND;
    instruction.a = some(&b->per_row);
  } else {
    instruction.per_row = b->per_row.count && one_in(4);
    const registers *operands = instruction.per_row ? &b->per_row : &b->full;
    instruction.operation = (uint8_t)random_below(GLIA_ROW_SUM);
    instruction.a = some(operands);
    instruction.b = some(operands);
    instruction.c = some(operands);
  }
  return instruction;
}

static void add_instructions(builder *b) {
  int count = (int)random_below(MOST_INSTRUCTIONS + 1);
  for (int i = 0; i < count; i++) {
    glia_instruction instruction = new_instruction(b);
    bool reduces = instruction.operation >= GLIA_ROW_SUM && instruction.operation <= GLIA_ROW_MINIMUM;
    registers *kind = instruction.per_row || reduces ? &b->per_row : &b->full;
    if (kind->writable_count && one_in(3)) {
      instruction.dst = kind->writable[random_below(kind->writable_count)];
    } else {
      instruction.dst = new_register(b, kind);
      kind->writable[kind->writable_count++] = instruction.dst;
    }
    b->made->instructions[i] = instruction;
  }
  b->made->program.instruction_count = count;
}

static void add_stores(builder *b) {
  program_case *made = b->made;
  int count = (int)random_between(1, MOST_STREAMS - 1);
  bool is_overwritten[MOST_STREAMS] = {false};
  for (int i = 0; i < count; i++) {
    int64_t load = random_below(made->program.load_count);
    if (b->per_row.count && one_in(4)) {
      made->stores[i] = new_stream(made, GLIA_PER_ROW, memory_type(made), some(&b->per_row));
    } else if (made->loads[load].layout == GLIA_FULL && !is_overwritten[load] && one_in(3)) {
      made->stores[i] = made->loads[load];
      made->stores[i].reg = some(&b->full);
      is_overwritten[load] = true;
    } else {
      made->stores[i] = new_stream(made, GLIA_FULL, memory_type(made), some(&b->full));
    }
  }
  made->program.store_count = count;
}

static void add_accumulators(builder *b) {
  program_case *made = b->made;
  int count = (int)random_below(MOST_STREAMS - 1);
  for (int i = 0; i < count; i++) {
    glia_layout layout = one_in(2) ? GLIA_PER_COLUMN : GLIA_SCALAR;
    glia_type type = memory_type(made);
    glia_accumulator accumulator = {
        take(layout == GLIA_SCALAR ? 1 : made->program.columns, type),
        (uint8_t)random_between(GLIA_ROW_SUM, GLIA_ROW_MINIMUM), (uint8_t)layout, (uint8_t)type, some(&b->full)};
    made->accumulators[i] = accumulator;
  }
  made->program.accumulator_count = count;
}

void make_program(program_case *made, int64_t rows, int64_t columns, glia_type type, bool begins_with_own_type) {
  builder b = {.made = made};
  glia_program program = {
      .rows = rows, .columns = columns, .type = (uint8_t)type, .loads = made->loads, .constants = made->constants,
      .instructions = made->instructions, .stores = made->stores, .accumulators = made->accumulators,
  };
  made->program = program;
  add_loads(&b, begins_with_own_type);
  add_constants(&b);
  add_instructions(&b);
  add_stores(&b);
  add_accumulators(&b);
}

void hash_program(const program_case *made) {
  for (int32_t i = 0; i < made->program.store_count; i++) {
    const glia_stream *store = &made->stores[i];
    hash_array(store->data, extent(made, store), (glia_type)store->type);
  }
  for (int32_t i = 0; i < made->program.accumulator_count; i++) {
    const glia_accumulator *accumulator = &made->accumulators[i];
    int64_t count = accumulator->layout == GLIA_SCALAR ? 1 : made->program.columns;
    hash_array(accumulator->data, count, (glia_type)accumulator->type);
  }
}

static void random_program(glia_type type, uint64_t seed, int64_t rows, int64_t columns) {
  numbers_start(seed << 1 | type);
  begin_case();
  program_case made;
  make_program(&made, rows, columns, type, false);
  glia_context_reserve(context, glia_program_scratch(&made.program));
  run_kernel(glia_program_kernel, &made.program);
  hash_program(&made);
  end_case("program %llu of %s, %lld x %lld:", (unsigned long long)seed, type_names[type], (long long)rows,
           (long long)columns);
}

void program_cases(void) {
  enum { SMALL = 2500, MIDDLING = 300, LARGE = 25 };
  for (int type = GLIA_FLOAT32; type <= GLIA_FLOAT64; type++) {
    for (uint64_t seed = 0; seed < SMALL + MIDDLING + LARGE; seed++) {
      numbers_start(seed);
      int64_t most = seed < SMALL ? 12 : seed < SMALL + MIDDLING ? 60 : 1;
      int64_t rows = random_between(1, most), columns = random_between(1, most);
      if (most == 1) {
        int64_t longer = random_between(1, 3000), shorter = random_between(1, 120000 / longer);
        rows = seed & 1 ? longer : shorter;
        columns = seed & 1 ? shorter : longer;
      }
      random_program((glia_type)type, seed, rows, columns);
    }
  }
}
