// The elementwise operations of one type: included once for each, with
//   S scalar, V vector, M vector of its masks, LANES, LOAD, STORE, LOAD_PART, STORE_PART, N(name).
// dst may be the same array as an operand: each vector is read before it is written.

#define ELEMENTWISE(name, operands, expression)                                                 \
  static void N(apply_##name)(void *dst, const void *pa, const void *pb, const void *pc, size_t count) { \
    S *d = dst;                                                                                 \
    const S *first = pa, *second = pb, *third = pc;                                             \
    (void)second, (void)third;                                                                  \
    size_t i = 0;                                                                               \
    for (; i + LANES <= count; i += LANES) {                                                    \
      V a = LOAD(first + i), b, c;                                                              \
      if (operands > 1) b = LOAD(second + i);                                                   \
      if (operands > 2) c = LOAD(third + i);                                                    \
      (void)b, (void)c;                                                                         \
      STORE(d + i, expression);                                                                 \
    }                                                                                           \
    if (i < count) {                                                                            \
      V a = LOAD_PART(first + i, count - i), b, c;                                              \
      if (operands > 1) b = LOAD_PART(second + i, count - i);                                   \
      if (operands > 2) c = LOAD_PART(third + i, count - i);                                    \
      (void)b, (void)c;                                                                         \
      STORE_PART(d + i, expression, count - i);                                                 \
    }                                                                                           \
  }
#define TRUTH(condition) ((condition) ? (V)1 : (V)0)

ELEMENTWISE(copy, 1, a)
ELEMENTWISE(negate, 1, -a)
ELEMENTWISE(absolute, 1, N(abs)(a))
ELEMENTWISE(sign, 1, a > 0 ? (V)1 : (a < 0 ? (V)-1 : a))
ELEMENTWISE(square, 1, a *a)
ELEMENTWISE(square_root, 1, __builtin_elementwise_sqrt(a))
ELEMENTWISE(reciprocal_root, 1, 1 / __builtin_elementwise_sqrt(a))
ELEMENTWISE(reciprocal, 1, 1 / a)
ELEMENTWISE(exponential, 1, N(exp)(a))
ELEMENTWISE(exponential_minus_1, 1, N(expm1)(a))
ELEMENTWISE(logarithm, 1, N(log)(a))
ELEMENTWISE(logarithm_of_1_plus, 1, N(log1p)(a))
ELEMENTWISE(sine, 1, N(sin)(a))
ELEMENTWISE(cosine, 1, N(cos)(a))
ELEMENTWISE(hyperbolic_tangent, 1, N(tanh)(a))
ELEMENTWISE(logistic, 1, N(sigmoid)(a))
ELEMENTWISE(error_function, 1, N(erf)(a))
ELEMENTWISE(round_down, 1, __builtin_elementwise_floor(a))
ELEMENTWISE(round_up, 1, __builtin_elementwise_ceil(a))
ELEMENTWISE(round_to_even, 1, __builtin_elementwise_rint(a))
ELEMENTWISE(not, 1, TRUTH(a == 0))
ELEMENTWISE(is_nan, 1, TRUTH(a != a))

ELEMENTWISE(add, 2, a + b)
ELEMENTWISE(subtract, 2, a - b)
ELEMENTWISE(multiply, 2, a *b)
ELEMENTWISE(divide, 2, a / b)
ELEMENTWISE(raise, 2, N(power)(a, b))
ELEMENTWISE(maximum, 2, GLIA_MAXIMUM_OF(a, b))
ELEMENTWISE(minimum, 2, GLIA_MINIMUM_OF(a, b))
ELEMENTWISE(equal, 2, TRUTH(a == b))
ELEMENTWISE(not_equal, 2, TRUTH(a != b))
ELEMENTWISE(less, 2, TRUTH(a < b))
ELEMENTWISE(less_equal, 2, TRUTH(a <= b))
ELEMENTWISE(and, 2, TRUTH((a != 0) & (b != 0)))
ELEMENTWISE(or, 2, TRUTH((a != 0) | (b != 0)))

ELEMENTWISE(select, 3, a != 0 ? b : c)
ELEMENTWISE(multiply_add, 3, N(fma)(a, b, c))

#undef ELEMENTWISE
#undef TRUTH
