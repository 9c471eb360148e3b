// Matrix products, alone and with programs after them.
#include "cases.h"

typedef struct {
  int64_t batch, m, n, k;
  bool a_by_columns, b_by_columns, repeats_b;
  int64_t gap;  // between the rows of each
} shape;

static const char *layout_name(const shape *s) {
  static const char *const names[] = {"rows x rows", "rows x columns", "columns x rows", "columns x columns"};
  return names[2 * s->a_by_columns + s->b_by_columns];
}

/// `matrices` of rows x columns, their distances, and numbers in them.
static void *operand(const shape *s, glia_type type, int64_t matrices, int64_t rows, int64_t columns, bool by_columns,
                     int64_t *row, int64_t *column, int64_t *matrix) {
  int64_t lines = by_columns ? columns : rows, length = (by_columns ? rows : columns) + s->gap;
  *row = by_columns ? 1 : length;
  *column = by_columns ? length : 1;
  *matrix = matrices == 1 ? 0 : lines * length;
  void *numbers = take(matrices * lines * length, type);
  for (int64_t i = 0; i < matrices * lines * length; i++) set_tame(type, numbers, i);
  return numbers;
}

static void multiply(const shape *s, glia_type type, program_case *epilogue) {
  glia_matmul product = {.batch = s->batch, .m = s->m, .n = s->n, .k = s->k, .type = (uint8_t)type, .b_slack = one_in(2)};
  const bool may_be_half = type == GLIA_FLOAT32 && one_in(3);
  product.a_bfloat16 = may_be_half && one_in(2);
  product.b_bfloat16 = may_be_half;
  product.a = operand(s, product.a_bfloat16 ? GLIA_BFLOAT16 : type, s->batch, s->m, s->k, s->a_by_columns,
                      &product.a_row, &product.a_column, &product.a_batch);
  product.b = operand(s, product.b_bfloat16 ? GLIA_BFLOAT16 : type, s->repeats_b ? 1 : s->batch, s->k, s->n,
                      s->b_by_columns, &product.b_row, &product.b_column, &product.b_batch);
  if (epilogue) {
    product.c = epilogue->loads[0].data;
    product.c_row = epilogue->loads[0].row_stride;
    product.epilogue = &epilogue->program;
  } else {
    product.c_row = s->n + s->gap;
    product.c = take(s->batch * s->m * product.c_row, type);
  }
  if (one_in(2)) {
    product.start_row = one_in(2) ? s->n + s->gap : 0;
    const int64_t count = product.start_row ? s->batch * s->m * product.start_row : s->n;
    void *start = take(count, type);
    for (int64_t j = 0; j < count; j++) set_tame(type, start, j);
    product.start = start;
  }
  product.c_batch = s->m * product.c_row;
  glia_context_reserve(context, glia_matmul_scratch(&product));
  run_kernel(glia_matmul_kernel, &product);
  if (epilogue) hash_program(epilogue);
  else hash_array(product.c, s->batch * s->m * product.c_row, type);
}

static void small_products(glia_type type, int64_t m, int64_t n) {
  enum { DEEPEST = 20 };
  for (int layout = 0; layout < 4; layout++) {
    shape s = {.batch = 1, .m = m, .n = n, .a_by_columns = layout & 2, .b_by_columns = layout & 1};
    numbers_start((uint64_t)(m * 1000 + n * 10 + layout));
    begin_case();
    for (s.k = 0; s.k <= DEEPEST; s.k++) {
      s.gap = random_below(3);
      multiply(&s, type, NULL);
    }
    end_case("product of %s, %lld x %lld, depths 0 to %d, %s:", type_names[type], (long long)m, (long long)n, DEEPEST,
             layout_name(&s));
  }
}

static void print_product(const char *what, uint64_t seed, glia_type type, const shape *s) {
  end_case("%s %llu of %s, %lld of %lld x %lld x %lld, %s:", what, (unsigned long long)seed, type_names[type],
           (long long)s->batch, (long long)s->m, (long long)s->n, (long long)s->k, layout_name(s));
}

/// One extent after the other is drawn, each as large as the work that is left allows.
static shape random_shape(int64_t work, int64_t most_columns) {
  shape s = {.batch = one_in(3) ? random_between(2, 9) : 1, .gap = random_below(3), .repeats_b = one_in(2)};
  s.a_by_columns = one_in(2);
  s.b_by_columns = one_in(2);
  work /= s.batch;
  s.k = one_in(4) ? random_between(1, 900) : random_between(1, 64);
  work = work / s.k + 1;
  s.n = random_between(1, work < most_columns ? work : most_columns);
  work = work / s.n + 1;
  s.m = random_between((work + 1) / 2, work < 3000 ? work : 3000);
  if (s.m > 3000) s.m = 3000;
  return s;
}

static void random_product(glia_type type, uint64_t seed) {
  numbers_start(seed);
  shape s = random_shape(one_in(4) ? 2000000 : 200000, one_in(2) ? 40 : 700);
  begin_case();
  multiply(&s, type, NULL);
  print_product("product", seed, type, &s);
}

static void product_with_program(glia_type type, uint64_t seed) {
  numbers_start(seed);
  shape s = random_shape(one_in(6) ? 1000000 : 20000, one_in(2) ? 40 : 300);
  begin_case();
  program_case epilogue;
  make_program(&epilogue, s.batch * s.m, s.n, type, true);
  multiply(&s, type, &epilogue);
  print_product("product with program", seed, type, &s);
}

void product_cases(void) {
  enum { WIDEST = 20, RANDOM = 60, WITH_PROGRAM = 150 };
  for (int type = GLIA_FLOAT32; type <= GLIA_FLOAT64; type++) {
    for (int64_t m = 0; m <= WIDEST; m++) {
      for (int64_t n = 0; n <= WIDEST; n++) small_products((glia_type)type, m, n);
    }
    for (uint64_t seed = 0; seed < RANDOM; seed++) random_product((glia_type)type, seed);
    for (uint64_t seed = 0; seed < WITH_PROGRAM; seed++) product_with_program((glia_type)type, seed);
  }
}
