// Conversions between registers (S: float or double, N(name)) and every type in memory. Plain loops: the compiler makes
// vectors of them. Floats become integers by truncation; what does not fit becomes the nearest that does, NaN 0.

#define CONVERT(name, to, from, expression)                       \
  __attribute__((unused)) static void N(name)(void *dst, const void *src, int64_t count) { \
    to *d = dst;                                                  \
    const from *s = src;                                          \
    for (int64_t i = 0; i < count; i++) {                         \
      from v = s[i];                                              \
      d[i] = expression;                                          \
    }                                                             \
  }

CONVERT(load_float32, S, float, (S)v)
CONVERT(load_float64, S, double, (S)v)
CONVERT(load_int32, S, int32_t, (S)v)
CONVERT(load_int64, S, int64_t, (S)v)
CONVERT(load_bool, S, uint8_t, (S)v)
CONVERT(load_bfloat16, S, uint16_t, (S)glia_float_of_bits((uint32_t)v << 16))
CONVERT(load_float16, S, uint16_t, (S)glia_float_of_half(v))

CONVERT(store_float32, float, S, (float)v)
CONVERT(store_float64, double, S, (double)v)
CONVERT(store_int32, int32_t, S,
        v != v ? 0 : v >= (S)0x1p31 ? INT32_MAX : v < (S)-0x1p31 ? INT32_MIN : (int32_t)v)
CONVERT(store_int64, int64_t, S,
        v != v ? 0 : v >= (S)0x1p63 ? INT64_MAX : v < (S)-0x1p63 ? INT64_MIN : (int64_t)v)
CONVERT(store_bool, uint8_t, S, v != 0)
CONVERT(store_bfloat16, uint16_t, S, glia_bfloat_of_float(N(glia_narrow)(v)))
CONVERT(store_float16, uint16_t, S, glia_half_of_float(N(glia_narrow)(v)))
#undef CONVERT
