// Elementary functions of float32, a vector at a time; see math64.inc.h for the goals.
//
// The greatest errors found, in units in the last place (References/kernels/accuracy.c). float32: over every argument
// for exp, expm1, tanh and sigmoid, over every 211th for the others; float64: over two to four million random ones.
//
//              float32  float64                 float32  float64
//   exp          1.33     0.99      sin           0.50     0.78
//   expm1        1.94     1.73      cos           0.50     0.78
//   log          0.78     0.82      tanh          2.50     2.49
//   log1p        1.35     1.29      sigmoid       2.64     2.27
//   sqrt         0.50     0.50      erf           1.01     1.15
//   rsqrt        1.50     1.50      pow           0.50     1.44
//   reciprocal   0.50     0.50

#define LN2_HIGH32 0x1.62e800p-1f  // 14 bits: a whole multiple below 2^10 of it is exact
#define LN2_LOW32 -0x1.e8082ep-16f
#define LOG2E32 0x1.715476p+0f
#define ROUNDER32 0x1.8p23f  // adding it leaves the nearest whole number in the low bits
#define INFINITY32 __builtin_inff()
#define NAN32 __builtin_nanf("")

/// 2^k for -126 ≤ k ≤ 127.
GLIA_INLINE f32v power_of_two_f32(i32v k) { return from_bits_f32((k + 127) << 23); }

/// (exp(r) - 1 - r) / r² for |r| ≤ ln 2 / 2.
GLIA_INLINE f32v exp_tail_f32(f32v r) {
  f32v r2 = r * r;
  f32v high = fma_f32(r2, 0x1.6d110ap-10f, fma_f32(r, 0x1.120b6ep-7f, 0x1.55551ap-5f));
  return fma_f32(r2, high, fma_f32(r, 0x1.5554dcp-3f, 0x1.0p-1f));
}

GLIA_INLINE f32v exp_f32(f32v x) {
  x = x > 89.0f ? (f32v)89.0f : x;  // NaN passes both
  x = x < -105.0f ? (f32v)-105.0f : x;
  f32v t = fma_f32(x, LOG2E32, ROUNDER32);
  f32v n = t - ROUNDER32;
  f32v r = fma_f32(n, -LN2_LOW32, fma_f32(n, -LN2_HIGH32, x));
  f32v p = fma_f32(r * r, exp_tail_f32(r), r + 1.0f);
#if GLIA_WIDTH == 64
  return (f32v)_mm512_scalef_ps((__m512)p, (__m512)n);  // as below: rounded once
#else
  i32v k = bits_f32(t) - 0x4b400000, half = k >> 1;
  return p * power_of_two_f32(half) * power_of_two_f32(k - half);
#endif
}

GLIA_INLINE f32v expm1_f32(f32v x) {
  f32v y = x > 89.0f ? (f32v)89.0f : x;
  y = y < -20.0f ? (f32v)-20.0f : y;
  f32v t = fma_f32(y, LOG2E32, ROUNDER32);
  f32v n = t - ROUNDER32;
  f32v r0 = fma_f32(n, -LN2_HIGH32, y), r = fma_f32(n, -LN2_LOW32, r0);
  f32v lost = fma_f32(n, -LN2_LOW32, r0 - r);
  f32v e = r + fma_f32(r * r, exp_tail_f32(r), lost);
  // 2^k (e + 1) - 1, by way of half of it so that 2^128 does not overflow too early.
  f32v half = power_of_two_f32(bits_f32(t) - 0x4b400001);
  f32v result = fma_f32(half, e, half - 0.5f) * 2.0f;
  return x == 0.0f ? x : result;
}

/// log(1 + f) + k ln 2 for f in [√½ - 1, √2 - 1].
GLIA_INLINE f32v log_sum_f32(f32v f, f32v k) {
  f32v f2 = f * f, f4 = f2 * f2;
  f32v a = fma_f32(f, -0x1.fffffcp-3f, 0x1.555554p-2f);
  f32v b = fma_f32(f, -0x1.555b54p-3f, 0x1.999d60p-3f);
  f32v c = fma_f32(f, -0x1.fcf158p-4f, 0x1.23d126p-3f);
  f32v d = fma_f32(f, -0x1.d658d6p-4f, 0x1.deb356p-4f);
  d = fma_f32(f2, 0x1.1d8bdep-4f, d);
  f32v p = fma_f32(f4, fma_f32(f2, d, c), fma_f32(f2, b, a));
  f32v small = fma_f32(-0.5f, f2, fma_f32(f2 * f, p, k * LN2_LOW32));
  return fma_f32(k, LN2_HIGH32, f + small);
}

/// x = 2^k (1 + f) for a positive, normal or denormal x.
GLIA_INLINE f32v log_split_f32(f32v x, f32v *k) {
  i32v tiny = x < 0x1p-126f;
  f32v scaled = tiny ? x * 0x1p24f : x;
  i32v e = (bits_f32(scaled) - 0x3f3504f3) >> 23;
  f32v f = from_bits_f32(bits_f32(scaled) - (e << 23)) - 1.0f;
  *k = __builtin_convertvector(e - (tiny & 24), f32v);
  return f;
}

/// `result` for positive finite x; else what log has there.
GLIA_INLINE f32v log_special_f32(f32v x, f32v result) {
  f32v special = x == 0.0f ? (f32v)-INFINITY32 : (x < 0.0f ? (f32v)NAN32 : x);
  return ((x > 0.0f) & (x < INFINITY32)) ? result : special;
}

GLIA_INLINE f32v log_f32(f32v x) {
  f32v k, f = log_split_f32(x, &k);
  return log_special_f32(x, log_sum_f32(f, k));
}

GLIA_INLINE f32v log1p_f32(f32v x) {
  f32v u = x + 1.0f, k;
  f32v f = log_split_f32(u, &k);
  // What rounding took from u comes back through 2^-k x + (2^-k - 1), rounded once.
  f32v t = from_bits_f32((127 - __builtin_convertvector(k, i32v)) << 23);
  f = u < 0x1p30f ? fma_f32(t, x, t - 1.0f) : f;
  f32v result = log_special_f32(u, log_sum_f32(f, k));
  return x == 0.0f ? x : result;
}

GLIA_INLINE f32v sigmoid_f32(f32v x) {
  f32v e = exp_f32(-abs_f32(x));
  f32v top = x < 0.0f ? e : (f32v)1.0f;
  return top / (e + 1.0f);
}

/// From e = exp(-2|x|) - 1: -e / (e + 2). (A rational function of x² is a fifth faster, and 5 ulp.)
GLIA_INLINE f32v tanh_f32(f32v x) {
  f32v y = -2.0f * abs_f32(x);
  y = y < -20.0f ? (f32v)-20.0f : y;
  f32v t = fma_f32(y, LOG2E32, ROUNDER32);
  f32v n = t - ROUNDER32;
  f32v r = fma_f32(n, -LN2_LOW32, fma_f32(n, -LN2_HIGH32, y));
  f32v e = fma_f32(r * r, exp_tail_f32(r), r);
  f32v scale = from_bits_f32((bits_f32(t) - (0x4b400000 - 127)) << 23);
  e = fma_f32(scale, e, scale - 1.0f);
  return sign_from_f32(e / (e + 2.0f), x);
}

GLIA_INLINE f32v erf_f32(f32v x) {
  f32v t = abs_f32(x), z = x * x;
  // |x| < 1: x + x P(x²).
  f32v p = fma_f32(z, 0x1.4a5690p-14f, -0x1.a45088p-11f);
  p = fma_f32(z, p, 0x1.541270p-8f);
  p = fma_f32(z, p, -0x1.b7fabap-6f);
  p = fma_f32(z, p, 0x1.ce2d10p-4f);
  p = fma_f32(z, p, -0x1.81273ep-2f);
  p = fma_f32(z, p, 0x1.06eba8p-3f);
  f32v inner = fma_f32(x, p, x);
  // 1 ≤ |x|: 1 - exp(-G(|x|)); beyond 4 it is 1.
  f32v c = t > 4.0f ? (f32v)4.0f : t;
  f32v g = fma_f32(c, -0x1.b77830p-20f, 0x1.825ce4p-15f);
  g = fma_f32(c, g, -0x1.38e5e6p-11f);
  g = fma_f32(c, g, 0x1.37ecc6p-8f);
  g = fma_f32(c, g, -0x1.b0e246p-6f);
  g = fma_f32(c, g, 0x1.c2e356p-4f);
  g = fma_f32(c, g, 0x1.437eb4p-1f);
  g = fma_f32(c, g, 0x1.2156fap+0f);
  g = fma_f32(c, g, -0x1.4fb068p-12f);
  f32v outer = 1.0f - exp_f32(-g);
  f32v result = t < 1.0f ? inner : sign_from_f32(outer, x);
  return x != x ? x : result;
}

// ---- Through float64 -------------------------------------------------------------------------------------------

GLIA_INLINE f32h sine_half_f32(f32h x32, long quarter) {
  f64v x = __builtin_convertvector(x32, f64v);
  i64v multiple;
  f64v low, r = reduce_angle_f64(x, &multiple, &low);
  multiple += quarter;
  r += low;
  f64v z = r * r, w = z * z;
  f64v s = fma_f64(z, 0x1.71d9a09bacc85p-19, -0x1.a019fd8ed4c6dp-13);
  s = fma_f64(w, fma_f64(w, -0x1.aa2405bacebcep-26, s), fma_f64(z, 0x1.1111110fceba1p-7, -0x1.5555555555157p-3));
  s = fma_f64(z * r, s, r);
  f64v c = fma_f64(z, -0x1.25217f3444058p-22, 0x1.a015bbcf5fc3cp-16);
  c = fma_f64(w, c, fma_f64(z, -0x1.6c16bf4e7681cp-10, 0x1.55555555017b7p-5));
  c = fma_f64(w, c, fma_f64(-0.5, z, 1.0));
  f64v value = (multiple & 1) != 0 ? c : s;
  return __builtin_convertvector(from_bits_f64(bits_f64(value) ^ ((multiple & 2) << 62)), f32h);
}

#define JOIN_HALVES(low, high) __builtin_shufflevector(low, high, GLIA_LANES_IN_ORDER)

GLIA_INLINE f32v sin_f32(f32v x) {
  f32v result = JOIN_HALVES(sine_half_f32(x.lo, 0), sine_half_f32(x.hi, 0));
  return x == 0.0f ? x : result;
}
GLIA_INLINE f32v cos_f32(f32v x) { return JOIN_HALVES(sine_half_f32(x.lo, 1), sine_half_f32(x.hi, 1)); }
GLIA_INLINE f32v power_f32(f32v x, f32v y) {
  return JOIN_HALVES(power_half_f32(x.lo, y.lo), power_half_f32(x.hi, y.hi));
}
