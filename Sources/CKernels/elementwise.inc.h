// The elementwise operations of one type: included once for each, with
//   S scalar, V vector, M vector of its masks, LANES, LOAD, STORE, LOAD_PART, STORE_PART, N(name).
// dst may be the same array as an operand: each vector is read before it is written.

// An operand of the mask `uniform` is one scalar for all elements. It is read first, for it may lie where dst does.

// Where it is done in pairs, the second of two vectors goes another way to the same bits.

#define VARIANT(name, operands, uniform, expression, in_pairs, other)                                                 \
  static void N(apply_##name##_##uniform)(void *dst, const void *pa, const void *pb, const void *pc, size_t count) {  \
    S *d = dst;                                                                                                       \
    const S *first = pa, *second = pb, *third = pc;                                                                   \
    V a = uniform & 1 ? (V)*first : (V)0;                                                                             \
    V b = uniform & 2 ? (V)*second : (V)0;                                                                            \
    V c = uniform & 4 ? (V)*third : (V)0;                                                                             \
    size_t i = 0;                                                                                                     \
    (void)b, (void)c, (void)second, (void)third;                                                                      \
    for (; in_pairs && i + 2 * LANES <= count; i += 2 * LANES) {                                                      \
      if (!(uniform & 1)) a = LOAD(first + i);                                                                        \
      if (operands > 1 && !(uniform & 2)) b = LOAD(second + i);                                                       \
      STORE(d + i, expression);                                                                                       \
      if (!(uniform & 1)) a = LOAD(first + i + LANES);                                                                \
      if (operands > 1 && !(uniform & 2)) b = LOAD(second + i + LANES);                                               \
      STORE(d + i + LANES, other);                                                                                    \
    }                                                                                                                 \
    for (; i + LANES <= count; i += LANES) {                                                                          \
      if (!(uniform & 1)) a = LOAD(first + i);                                                                        \
      if (operands > 1 && !(uniform & 2)) b = LOAD(second + i);                                                       \
      if (operands > 2 && !(uniform & 4)) c = LOAD(third + i);                                                        \
      STORE(d + i, expression);                                                                                       \
    }                                                                                                                 \
    if (i < count) {                                                                                                  \
      if (!(uniform & 1)) a = LOAD_PART(first + i, count - i);                                                        \
      if (operands > 1 && !(uniform & 2)) b = LOAD_PART(second + i, count - i);                                       \
      if (operands > 2 && !(uniform & 4)) c = LOAD_PART(third + i, count - i);                                        \
      STORE_PART(d + i, expression, count - i);                                                                       \
    }                                                                                                                 \
  }
#define UNARY(name, expression) VARIANT(name, 1, 0, expression, 0, a)
#define UNARY_IN_PAIRS(name, expression, other) VARIANT(name, 1, 0, expression, DIVIDES_IN_PAIRS, other)
#define BINARY_IN_PAIRS(name, expression, in_pairs, other)                                                            \
  VARIANT(name, 2, 0, expression, in_pairs, other)                                                                    \
  VARIANT(name, 2, 1, expression, in_pairs, other) VARIANT(name, 2, 2, expression, in_pairs, other)
#define BINARY(name, expression) BINARY_IN_PAIRS(name, expression, 0, a)
#define TERNARY(name, expression)                                                                                     \
  VARIANT(name, 3, 0, expression, 0, a) VARIANT(name, 3, 1, expression, 0, a) VARIANT(name, 3, 2, expression, 0, a)   \
  VARIANT(name, 3, 3, expression, 0, a) VARIANT(name, 3, 4, expression, 0, a) VARIANT(name, 3, 5, expression, 0, a)   \
  VARIANT(name, 3, 6, expression, 0, a)
#define TRUTH(condition) ((condition) ? (V)1 : (V)0)

UNARY(copy, a)
UNARY(negate, -a)
UNARY(absolute, N(abs)(a))
UNARY(sign, a > 0 ? (V)1 : (a < 0 ? (V)-1 : a))
UNARY(square, a *a)
UNARY_IN_PAIRS(square_root, __builtin_elementwise_sqrt(a), N(root)(a))
UNARY_IN_PAIRS(reciprocal_root, 1 / __builtin_elementwise_sqrt(a), N(quotient)((V)1, N(root)(a)))
UNARY_IN_PAIRS(reciprocal, 1 / a, N(quotient)((V)1, a))
UNARY(exponential, N(exp)(a))
UNARY(exponential_minus_1, N(expm1)(a))
UNARY(logarithm, N(log)(a))
UNARY(logarithm_of_1_plus, N(log1p)(a))
UNARY(sine, N(sin)(a))
UNARY(cosine, N(cos)(a))
UNARY(hyperbolic_tangent, N(tanh)(a))
UNARY(logistic, N(sigmoid)(a))
UNARY(error_function, N(erf)(a))
UNARY(round_down, __builtin_elementwise_floor(a))
UNARY(round_up, __builtin_elementwise_ceil(a))
UNARY(round_to_even, __builtin_elementwise_rint(a))
UNARY(not, TRUTH(a == 0))
UNARY(is_nan, TRUTH(a != a))

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a *b)
BINARY_IN_PAIRS(divide, a / b, DIVIDES_IN_PAIRS, N(quotient)(a, b))
BINARY(raise, N(power)(a, b))
BINARY(maximum, GLIA_MAXIMUM_OF(a, b))
BINARY(minimum, GLIA_MINIMUM_OF(a, b))
BINARY(equal, TRUTH(a == b))
BINARY(not_equal, TRUTH(a != b))
BINARY(less, TRUTH(a < b))
BINARY(less_equal, TRUTH(a <= b))
BINARY(and, TRUTH((a != 0) & (b != 0)))
BINARY(or, TRUTH((a != 0) | (b != 0)))

TERNARY(select, a != 0 ? b : c)
TERNARY(multiply_add, N(fma)(a, b, c))
TERNARY(subtract_product, N(fma)(-a, b, c))

#undef VARIANT
#undef UNARY
#undef UNARY_IN_PAIRS
#undef BINARY
#undef BINARY_IN_PAIRS
#undef TERNARY
#undef TRUTH
