// The machine that runs tile programs over a rectangle. It copies nothing that it can point to: a register whose
// scalars already lie in memory as the tile wants them is a pointer to them, and the last writer of a stored register
// writes to the store's memory where nobody needs what was there.
//
// In a small rectangle no instruction has a tail: parts of vectors cost more than copies. What has slack is pointed to all
// the same, else it is copied into registers whose last vectors are whole.
//
// A constant, a scalar that is the same for all elements, and what is computed from such alone is uniform: one scalar,
// which instructions spread over a vector themselves.

enum {
  SMALL_RECTANGLE = 64,
  // Rows that do not follow one another are moved into registers and back, unless they are long and little is done to them:
  // then each is a tile of its own that is worked on where it lies.
  LONG_ROW = 128,
  FEW_INSTRUCTIONS = 3,
};

typedef struct {
  const glia_program *program;
  glia_recorder *recorder;
  glia_program_head head;
  const reductions_table *reductions;
  const glia_elementwise (*elementwise)[GLIA_UNIFORM_VARIANTS];
  size_t size, home_bytes;              // of a scalar, of a register
  int64_t tile_rows;                    // of a full tile
  bool is_small;
  bool is_whole;                        // the rectangle is all of the program
  int64_t row, rows, column, columns;   // the tile at hand
  char *partials;                       // of the rectangle's chunk
} tile;

static inline char *home(const tile *t, uint16_t reg) { return t->head.homes + reg * t->home_bytes; }

/// As many scalars as fill whole vectors of every width.
static inline int64_t padded(const tile *t, int64_t count) {
  int64_t lanes = GLIA_CACHE_LINE / (int64_t)t->size;
  return (count + lanes - 1) & -lanes;
}

/// Whether all the tile's scalars lie one after the other in the stream's memory, as registers hold them.
static inline bool is_contiguous(const tile *t, const glia_stream *stream) {
  return stream->layout == GLIA_FULL && (t->tile_rows == 1 || stream->row_stride == t->columns);
}

static inline char *element_at(const tile *t, const glia_stream *stream) {
  int64_t column = stream->layout == GLIA_FULL ? t->column : 0;
  return (char *)stream->data + (t->row * stream->row_stride + column) * (int64_t)glia_type_size(stream->type);
}

// ---- Before the first tile ------------------------------------------------------------------------------------

static inline int operand_count(uint8_t operation) {
  return operation < GLIA_ADD || operation >= GLIA_ROW_SUM ? 1 : operation < GLIA_SELECT ? 2 : 3;
}

static bool reads(const glia_instruction *instruction, uint16_t reg) {
  int operands = operand_count(instruction->operation);
  return instruction->a == reg || (operands > 1 && instruction->b == reg) || (operands > 2 && instruction->c == reg);
}

/// Whether, after the instruction, someone still reads the load's memory through its register.
static bool is_read_after(const glia_program *program, int32_t instruction, uint16_t reg) {
  for (int32_t i = instruction + 1; i < program->instruction_count; i++) {
    if (reads(&program->instructions[i], reg)) return true;
  }
  for (int32_t i = 0; i < program->accumulator_count; i++) {
    if (program->accumulators[i].reg == reg) return true;
  }
  return false;
}

static bool is_stored(const glia_program *program, uint16_t reg) {
  for (int32_t i = 0; i < program->store_count; i++) {
    if (program->stores[i].reg == reg) return true;
  }
  return false;
}

/// Finds which instructions may write straight to a store's memory, and which loads must be copied because a store
/// overwrites them before another one reads them.
static void plan_stores(tile *t) {
  const glia_program *program = t->program;
  memset(t->head.straight, 0, (size_t)program->instruction_count * sizeof *t->head.straight);
  memset(t->head.copied, 0, (size_t)program->load_count);
  for (int32_t s = 0; s < program->store_count; s++) {
    const glia_stream *store = &program->stores[s];
    if (store->layout != GLIA_FULL) continue;
    int32_t writer = -1;
    bool has_room = !t->is_small || (store->slack && t->is_whole);
    if (store->type == program->type && has_room && is_contiguous(t, store)) {
      writer = program->instruction_count - 1;
      while (writer >= 0 && program->instructions[writer].dst != store->reg) writer--;
    }
    bool straight = writer >= 0 && t->head.straight[writer] == 0;
    for (int32_t l = 0; l < program->load_count; l++) {
      const glia_stream *load = &program->loads[l];
      if (load->data != store->data) continue;
      if (is_stored(program, load->reg)) {
        t->head.copied[l] = 1;
      } else if (straight && is_read_after(program, writer, load->reg)) {
        straight = false;
      }
    }
    if (straight) t->head.straight[writer] = (uint16_t)(s + 1);
  }
}

/// Nobody else writes to a constant's memory, so where steps are written down it is filled now and for good.
static void fill_constants(tile *t) {
  const glia_program *program = t->program;
  for (int32_t i = 0; i < program->constant_count; i++) {
    const glia_constant *constant = &program->constants[i];
    char *dst = t->recorder ? glia_record_memory(t->recorder, GLIA_CACHE_LINE) : home(t, constant->reg);
    t->reductions->fill_constant(dst, constant->value, 1);
    t->head.registers[constant->reg] = dst;
    t->head.uniform[constant->reg] = 1;
  }
}

/// Loads that are the same for all tiles of these columns.
static void load_columns(tile *t) {
  const glia_program *program = t->program;
  for (int32_t i = 0; i < program->load_count; i++) {
    const glia_stream *load = &program->loads[i];
    if (load->layout < GLIA_PER_COLUMN) continue;
    bool is_own_type = load->type == program->type;
    char *dst = home(t, load->reg), *src = load->data;
    t->head.registers[load->reg] = dst;
    if (load->layout == GLIA_SCALAR) {
      glia_perform_move(t->recorder, t->reductions->load[load->type], dst, src, 1);
      t->head.uniform[load->reg] = 1;
      continue;
    }
    src += t->column * (int64_t)glia_type_size(load->type);
    if (is_own_type && t->tile_rows == 1 && (!t->is_small || load->slack)) {
      t->head.registers[load->reg] = src;
      continue;
    }
    if (!is_own_type) {
      glia_perform_move(t->recorder, t->reductions->load[load->type], dst, src, t->columns);
      src = dst;
    }
    if (t->tile_rows > 1) {
      glia_perform_rows(t->recorder, t->reductions->row_repeat, dst, src, t->tile_rows, t->columns);
    } else if (is_own_type) {
      glia_perform_move(t->recorder, t->reductions->copy_padded, dst, src, t->columns);
    }
  }
}

// ---- One tile -------------------------------------------------------------------------------------------------

/// Converts the rows of a tile, or each row's scalar.
static void move_rows(const tile *t, const glia_stream *stream, char *registers, char *memory, bool is_load) {
  glia_move convert = is_load ? t->reductions->load[stream->type] : t->reductions->store[stream->type];
  int64_t length = stream->layout == GLIA_FULL ? t->columns : 1;
  if (stream->row_stride == length || t->rows == 1) {
    glia_perform_move(t->recorder, convert, is_load ? registers : memory, is_load ? memory : registers,
                      t->rows * length);
    return;
  }
  int64_t memory_step = stream->row_stride * (int64_t)glia_type_size(stream->type);
  int64_t register_step = length * (int64_t)t->size;
  for (int64_t i = 0; i < t->rows; i++) {
    glia_perform_move(t->recorder, convert, is_load ? registers : memory, is_load ? memory : registers, length);
    registers += register_step;
    memory += memory_step;
  }
}

static void load_rows(tile *t) {
  const glia_program *program = t->program;
  for (int32_t i = 0; i < program->load_count; i++) {
    const glia_stream *load = &program->loads[i];
    if (load->layout > GLIA_PER_ROW) continue;
    char *memory = element_at(t, load), *dst = home(t, load->reg);
    bool is_full = load->layout == GLIA_FULL;
    bool as_it_lies = load->type == program->type &&
                      (is_full ? is_contiguous(t, load) : load->row_stride == 1 || t->tile_rows == 1);
    if (as_it_lies && t->is_small && !(load->slack && !t->head.copied[i])) {
      glia_perform_move(t->recorder, t->reductions->copy_padded, dst, memory, is_full ? t->rows * t->columns : t->rows);
    } else if (as_it_lies && !t->head.copied[i]) {
      dst = memory;
    } else {
      move_rows(t, load, dst, memory, true);
    }
    t->head.registers[load->reg] = dst;
    t->head.uniform[load->reg] = 0;
  }
}

/// Where all scalars of a register are, for what has no use for one alone.
static const char *spread(const tile *t, uint16_t reg, int64_t count) {
  const char *values = t->head.registers[reg];
  if (!t->head.uniform[reg]) return values;
  glia_perform_move(t->recorder, t->reductions->fill_first, home(t, reg), values, count);
  return home(t, reg);
}

static inline int uniform_operands(const tile *t, const glia_instruction *instruction, int count) {
  const uint8_t *uniform = t->head.uniform;
  int mask = uniform[instruction->a];
  if (count > 1) mask |= uniform[instruction->b] << 1;
  if (count > 2) mask |= uniform[instruction->c] << 2;
  return mask;
}

__attribute__((always_inline)) static inline void execute(const tile *t, bool is_small) {
  const glia_program *program = t->program;
  char **registers = t->head.registers;
  const uint16_t *straight = t->head.straight;
  int64_t elements = t->rows * t->columns, rows = t->rows;
  if (is_small) {
    elements = padded(t, elements);
    rows = padded(t, rows);
  }
  const glia_instruction *instruction = program->instructions;
  for (int32_t i = 0, count = program->instruction_count; i < count; i++, instruction++) {
    const uint8_t operation = instruction->operation;
    const int operands = operand_count(operation);
    int uniform = uniform_operands(t, instruction, operands);
    const bool is_uniform = uniform == (1 << operands) - 1 && (operation < GLIA_ROW_SUM || operation == GLIA_ROW_EXPAND);
    char *dst = home(t, instruction->dst);
    if (straight[i] && !is_uniform) dst = element_at(t, &program->stores[straight[i] - 1]);
    const char *a = registers[instruction->a], *b = registers[instruction->b], *c = registers[instruction->c];
    if (is_uniform) {
      const uint8_t computes = operation == GLIA_ROW_EXPAND ? GLIA_COPY : operation;
      glia_perform_apply(t->recorder, t->elementwise[computes][0], dst, a, b, c, 1);
    } else if (operation < GLIA_ROW_SUM) {
      glia_perform_apply(t->recorder, t->elementwise[operation][uniform], dst, a, b, c,
                         instruction->per_row ? rows : elements);
    } else {
      a = spread(t, instruction->a, t->rows * t->columns);
      glia_perform_rows(t->recorder, t->reductions->row[operation - GLIA_ROW_SUM], dst, a, t->rows, t->columns);
    }
    registers[instruction->dst] = dst;
    t->head.uniform[instruction->dst] = is_uniform;
  }
}

static void accumulate(const tile *t) {
  const glia_program *program = t->program;
  char *partial = t->partials;
  for (int32_t i = 0; i < program->accumulator_count; i++) {
    const glia_accumulator *accumulator = &program->accumulators[i];
    const char *values = spread(t, accumulator->reg, t->rows * t->columns);
    int operation = accumulator->operation - GLIA_ROW_SUM;
    if (accumulator->layout == GLIA_SCALAR) {
      // A tile may be a whole long row; its parts are added in float64 all the same.
      int64_t left = t->rows * t->columns;
      for (; left > 0; left -= GLIA_TILE, values += GLIA_TILE * t->size) {
        glia_perform_move(t->recorder, t->reductions->total[operation], partial, values,
                          left < GLIA_TILE ? left : GLIA_TILE);
      }
    } else {
      glia_perform_rows(t->recorder, t->reductions->column[operation], partial + t->column * (int64_t)t->size, values,
                        t->rows, t->columns);
    }
    partial += glia_partial_bytes(program, accumulator);
  }
}

static void store_rows(const tile *t) {
  const glia_program *program = t->program;
  for (int32_t i = 0; i < program->store_count; i++) {
    const glia_stream *store = &program->stores[i];
    int64_t count = store->layout == GLIA_FULL ? t->rows * t->columns : t->rows;
    char *memory = element_at(t, store);
    const char *values = spread(t, store->reg, count);
    if (memory != values) move_rows(t, store, (char *)values, memory, false);
  }
}

// ---- The rectangle --------------------------------------------------------------------------------------------

static void program_rectangle(const glia_program *program, int64_t row0, int64_t row1, int64_t column0, int64_t column1,
                              void *scratch, void *shared, glia_recorder *recorder) {
  int64_t rows = row1 - row0, width = column1 - column0;
  if (rows <= 0) return;
  int64_t piece = width <= GLIA_TILE || glia_program_needs_rows(program) ? width : GLIA_TILE;
  int64_t tile_rows = piece > GLIA_TILE / 2 ? 1 : GLIA_TILE;
  if (tile_rows > rows) tile_rows = rows;
  if (tile_rows * piece > GLIA_TILE && tile_rows > 1) tile_rows = GLIA_TILE / (int32_t)piece;
  const bool is_part = width < program->columns && program->accumulator_count == 0;
  if (is_part && piece >= LONG_ROW && program->instruction_count <= FEW_INSTRUCTIONS) tile_rows = 1;

  bool is_double = program->type == GLIA_FLOAT64;
  tile t = {
    .program = program,
    .recorder = recorder,
    .head = glia_program_head_at(program, scratch),
    .reductions = &reductions[is_double],
    .elementwise = GLIA_TABLE.elementwise[is_double],
    .size = glia_register_size(program),
    .tile_rows = tile_rows,
    .is_small = rows * piece <= SMALL_RECTANGLE && piece > 0,
    .is_whole = rows == program->rows && width == program->columns,
    .columns = piece,
    .column = column0,
  };
  t.home_bytes = glia_lines((size_t)(tile_rows * (piece > 0 ? piece : 1)) * t.size);
  if (program->accumulator_count) {
    int64_t chunk = row0 ? row0 / glia_program_chunk_rows(program) : 0;
    t.partials = (char *)shared + (size_t)chunk * glia_partials_bytes(program);
  }
  memset(t.head.uniform, 0, program->register_count);
  plan_stores(&t);
  fill_constants(&t);
  do {
    if (t.columns > column1 - t.column) t.columns = column1 - t.column;
    load_columns(&t);
    for (t.row = row0; t.row < row1; t.row += tile_rows) {
      t.rows = row1 - t.row < tile_rows ? row1 - t.row : tile_rows;
      load_rows(&t);
      if (t.is_small) {
        execute(&t, true);
      } else {
        execute(&t, false);
      }
      if (program->accumulator_count) accumulate(&t);
      store_rows(&t);
    }
    t.column += piece;
  } while (t.column < column1);
}
