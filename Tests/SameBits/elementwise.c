#include "cases.h"

enum { NUMBERS = 20000, LONGEST_TAIL = 40 };

static const char *const operation_names[GLIA_ROW_SUM] = {
    "copy",   "negate", "abs",     "sign",     "square",  "sqrt",    "rsqrt",  "reciprocal", "exp",       "expm1",
    "log",    "log1p",  "sin",     "cos",      "tanh",    "sigmoid", "erf",    "floor",      "ceil",      "round",
    "not",    "is nan", "add",     "subtract", "multiply", "divide", "power",  "maximum",    "minimum",   "equal",
    "not equal", "less", "less or equal", "and", "or",    "select",  "multiply-add",
    "subtract product",
};

static int operand_count(glia_operation operation) {
  return operation >= GLIA_SELECT ? 3 : operation >= GLIA_ADD ? 2 : 1;
}

typedef struct {
  void *result, *operands[3];
} arrays;

static arrays take_arrays(int64_t count, glia_type type) {
  arrays taken = {take(count, type), {take(count, type), take(count, type), take(count, type)}};
  return taken;
}

static void apply(glia_operation operation, glia_type type, const arrays *a, int64_t count) {
  glia_apply(operation, type, a->result, a->operands[0], a->operands[1], a->operands[2], (size_t)count);
}

/// Every special number, or pair of them; triples at random.
static void special_case(glia_operation operation, glia_type type) {
  int64_t specials = special_count(type), operands = operand_count(operation);
  int64_t count = operands == 1 ? specials : operands == 2 ? specials * specials : NUMBERS;
  begin_case();
  arrays a = take_arrays(count, type);
  for (int64_t i = 0; i < count; i++) {
    set_special(type, a.operands[0], i, operands == 3 ? random_below(specials) : i % specials);
    set_special(type, a.operands[1], i, operands == 3 ? random_below(specials) : i / specials % specials);
    set_special(type, a.operands[2], i, random_below(specials));
  }
  apply(operation, type, &a, count);
  hash_array(a.result, count, type);
  end_case("elementwise %s of %s, special numbers:", operation_names[operation], type_names[type]);
}

static void random_case(glia_operation operation, glia_type type) {
  begin_case();
  arrays a = take_arrays(NUMBERS, type);
  for (int operand = 0; operand < 3; operand++) {
    for (int64_t i = 0; i < NUMBERS; i++) set_wild(type, a.operands[operand], i);
  }
  apply(operation, type, &a, NUMBERS);
  hash_array(a.result, NUMBERS, type);
  end_case("elementwise %s of %s, random numbers:", operation_names[operation], type_names[type]);
}

/// Every short length, so that the parts of vectors of every width are met.
static void tail_case(glia_operation operation, glia_type type) {
  begin_case();
  for (int64_t count = 0; count <= LONGEST_TAIL; count++) {
    arrays a = take_arrays(LONGEST_TAIL + 1, type);
    for (int operand = 0; operand < 3; operand++) {
      for (int64_t i = 0; i < count; i++) set_wild(type, a.operands[operand], i);
    }
    apply(operation, type, &a, count);
    hash_array(a.result, LONGEST_TAIL + 1, type);
  }
  end_case("elementwise %s of %s, 0 to %d elements:", operation_names[operation], type_names[type], LONGEST_TAIL);
}

void elementwise_cases(void) {
  for (int type = GLIA_FLOAT32; type <= GLIA_FLOAT64; type++) {
    for (int operation = GLIA_COPY; operation < GLIA_ROW_SUM; operation++) {
      numbers_start((uint64_t)(2 * operation + type));
      special_case((glia_operation)operation, (glia_type)type);
      random_case((glia_operation)operation, (glia_type)type);
      tail_case((glia_operation)operation, (glia_type)type);
    }
  }
}
