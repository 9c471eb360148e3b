// The tables of functions, by type T (f32 or f64).

#define UNARY_ROW(name, T) {apply_##name##_0_##T}
#define BINARY_ROW(name, T) {apply_##name##_0_##T, apply_##name##_1_##T, apply_##name##_2_##T}
#define TERNARY_ROW(name, T)                                                                                          \
  {                                                                                                                   \
    apply_##name##_0_##T, apply_##name##_1_##T, apply_##name##_2_##T, apply_##name##_3_##T, apply_##name##_4_##T,     \
        apply_##name##_5_##T, apply_##name##_6_##T                                                                    \
  }

#define ELEMENTWISE_TABLE(T)                                                                                          \
  {                                                                                                                   \
    [GLIA_COPY] = UNARY_ROW(copy, T),                                                                                 \
    [GLIA_NEGATE] = UNARY_ROW(negate, T),                                                                             \
    [GLIA_ABS] = UNARY_ROW(absolute, T),                                                                              \
    [GLIA_SIGN] = UNARY_ROW(sign, T),                                                                                 \
    [GLIA_SQUARE] = UNARY_ROW(square, T),                                                                             \
    [GLIA_SQRT] = UNARY_ROW(square_root, T),                                                                          \
    [GLIA_RSQRT] = UNARY_ROW(reciprocal_root, T),                                                                     \
    [GLIA_RECIPROCAL] = UNARY_ROW(reciprocal, T),                                                                     \
    [GLIA_EXP] = UNARY_ROW(exponential, T),                                                                           \
    [GLIA_EXPM1] = UNARY_ROW(exponential_minus_1, T),                                                                 \
    [GLIA_LOG] = UNARY_ROW(logarithm, T),                                                                             \
    [GLIA_LOG1P] = UNARY_ROW(logarithm_of_1_plus, T),                                                                 \
    [GLIA_SIN] = UNARY_ROW(sine, T),                                                                                  \
    [GLIA_COS] = UNARY_ROW(cosine, T),                                                                                \
    [GLIA_TANH] = UNARY_ROW(hyperbolic_tangent, T),                                                                   \
    [GLIA_SIGMOID] = UNARY_ROW(logistic, T),                                                                          \
    [GLIA_ERF] = UNARY_ROW(error_function, T),                                                                        \
    [GLIA_FLOOR] = UNARY_ROW(round_down, T),                                                                          \
    [GLIA_CEIL] = UNARY_ROW(round_up, T),                                                                             \
    [GLIA_ROUND] = UNARY_ROW(round_to_even, T),                                                                       \
    [GLIA_NOT] = UNARY_ROW(not, T),                                                                                   \
    [GLIA_IS_NAN] = UNARY_ROW(is_nan, T),                                                                             \
    [GLIA_ADD] = BINARY_ROW(add, T),                                                                                  \
    [GLIA_SUBTRACT] = BINARY_ROW(subtract, T),                                                                        \
    [GLIA_MULTIPLY] = BINARY_ROW(multiply, T),                                                                        \
    [GLIA_DIVIDE] = BINARY_ROW(divide, T),                                                                            \
    [GLIA_POWER] = BINARY_ROW(raise, T),                                                                              \
    [GLIA_MAXIMUM] = BINARY_ROW(maximum, T),                                                                          \
    [GLIA_MINIMUM] = BINARY_ROW(minimum, T),                                                                          \
    [GLIA_EQUAL] = BINARY_ROW(equal, T),                                                                              \
    [GLIA_NOT_EQUAL] = BINARY_ROW(not_equal, T),                                                                      \
    [GLIA_LESS] = BINARY_ROW(less, T),                                                                                \
    [GLIA_LESS_EQUAL] = BINARY_ROW(less_equal, T),                                                                    \
    [GLIA_AND] = BINARY_ROW(and, T),                                                                                  \
    [GLIA_OR] = BINARY_ROW(or, T),                                                                                    \
    [GLIA_SELECT] = TERNARY_ROW(select, T),                                                                           \
    [GLIA_MULTIPLY_ADD] = TERNARY_ROW(multiply_add, T),                                                               \
    [GLIA_SUBTRACT_PRODUCT] = TERNARY_ROW(subtract_product, T),                                                       \
  }

#define REDUCTIONS_TABLE(T)                                                                                           \
  {                                                                                                                   \
    .row = {row_sum_##T, row_maximum_of_##T, row_minimum_of_##T, row_expand_##T},                                     \
    .column = {column_sum_##T, column_maximum_of_##T, column_minimum_of_##T},                                         \
    .total = {total_sum_##T, total_maximum_of_##T, total_minimum_of_##T},                                             \
    .fill_constant = fill_constant_##T,                                                                               \
    .fill_first = fill_first_##T, .row_repeat = row_repeat_##T, .copy_padded = copy_padded_##T,                       \
    .load = LOADS_##T,                                                                                                \
    .store = STORES_##T,                                                                                              \
  }

// By glia_type. What need not be converted is copied.
#define CONVERSIONS(way, T, SAME32, SAME64)                                                                           \
  {                                                                                                                   \
    SAME32, SAME64, way##_int32_##T, way##_int64_##T, way##_bool_##T, way##_bfloat16_##T, way##_float16_##T           \
  }
#define LOADS_f32 CONVERSIONS(load, f32, copy_exact_f32, load_float64_f32)
#define LOADS_f64 CONVERSIONS(load, f64, load_float32_f64, copy_exact_f64)
#define STORES_f32 CONVERSIONS(store, f32, copy_exact_f32, store_float64_f32)
#define STORES_f64 CONVERSIONS(store, f64, store_float32_f64, copy_exact_f64)
