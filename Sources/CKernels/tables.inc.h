// The tables of functions, by type T (f32 or f64).

#define ELEMENTWISE_TABLE(T)                                                                                          \
  {                                                                                                                   \
    [GLIA_COPY] = apply_copy_##T,                                                                                     \
    [GLIA_NEGATE] = apply_negate_##T,                                                                                 \
    [GLIA_ABS] = apply_absolute_##T,                                                                                  \
    [GLIA_SIGN] = apply_sign_##T,                                                                                     \
    [GLIA_SQUARE] = apply_square_##T,                                                                                 \
    [GLIA_SQRT] = apply_square_root_##T,                                                                              \
    [GLIA_RSQRT] = apply_reciprocal_root_##T,                                                                         \
    [GLIA_RECIPROCAL] = apply_reciprocal_##T,                                                                         \
    [GLIA_EXP] = apply_exponential_##T,                                                                               \
    [GLIA_EXPM1] = apply_exponential_minus_1_##T,                                                                     \
    [GLIA_LOG] = apply_logarithm_##T,                                                                                 \
    [GLIA_LOG1P] = apply_logarithm_of_1_plus_##T,                                                                     \
    [GLIA_SIN] = apply_sine_##T,                                                                                      \
    [GLIA_COS] = apply_cosine_##T,                                                                                    \
    [GLIA_TANH] = apply_hyperbolic_tangent_##T,                                                                       \
    [GLIA_SIGMOID] = apply_logistic_##T,                                                                              \
    [GLIA_ERF] = apply_error_function_##T,                                                                            \
    [GLIA_FLOOR] = apply_round_down_##T,                                                                              \
    [GLIA_CEIL] = apply_round_up_##T,                                                                                 \
    [GLIA_ROUND] = apply_round_to_even_##T,                                                                           \
    [GLIA_NOT] = apply_not_##T,                                                                                       \
    [GLIA_IS_NAN] = apply_is_nan_##T,                                                                                 \
    [GLIA_ADD] = apply_add_##T,                                                                                       \
    [GLIA_SUBTRACT] = apply_subtract_##T,                                                                             \
    [GLIA_MULTIPLY] = apply_multiply_##T,                                                                             \
    [GLIA_DIVIDE] = apply_divide_##T,                                                                                 \
    [GLIA_POWER] = apply_raise_##T,                                                                                   \
    [GLIA_MAXIMUM] = apply_maximum_##T,                                                                               \
    [GLIA_MINIMUM] = apply_minimum_##T,                                                                               \
    [GLIA_EQUAL] = apply_equal_##T,                                                                                   \
    [GLIA_NOT_EQUAL] = apply_not_equal_##T,                                                                           \
    [GLIA_LESS] = apply_less_##T,                                                                                     \
    [GLIA_LESS_EQUAL] = apply_less_equal_##T,                                                                         \
    [GLIA_AND] = apply_and_##T,                                                                                       \
    [GLIA_OR] = apply_or_##T,                                                                                         \
    [GLIA_SELECT] = apply_select_##T,                                                                                 \
    [GLIA_MULTIPLY_ADD] = apply_multiply_add_##T,                                                                     \
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
