// Elementary functions of float64, a vector at a time: no branch, no table, and only operations that every processor
// rounds alike, so the bits are the same on each.
//
// Goals, in order: the same bits everywhere; at most 4 ulp (measured: see math32.inc.h); right at zeros, infinities, NaN
// and in denormals; speed.
//
// Polynomials are near-minimax: interpolations at Chebyshev nodes, worked out to 60 digits (References/kernels/fit.py).

#define LN2_HIGH64 0x1.62e42fefa4000p-1  // 41 bits: a whole multiple below 2^12 of it is exact
#define LN2_LOW64 -0x1.8432a1b0e2634p-43
#define LOG2E64 0x1.71547652b82fep+0
#define HALF_PI_1 0x1.921fb54442d18p+0
#define HALF_PI_2 0x1.1a62633145c07p-54
#define HALF_PI_3 -0x1.f1976b7ed8fbcp-110
#define TWO_OVER_PI64 0x1.45f306dc9c883p-1
#define ROUNDER64 0x1.8p52  // adding it leaves the nearest whole number in the low bits
#define INFINITY64 __builtin_inf()
#define NAN64 __builtin_nan("")

/// 2^k for -1022 ≤ k ≤ 1023.
GLIA_INLINE f64v power_of_two_f64(i64v k) { return from_bits_f64((k + 1023) << 52); }

/// p · 2^k rounded once; |k| below 2,000.
GLIA_INLINE f64v scale_f64(f64v p, i64v k) {
#if GLIA_WIDTH == 64
  return (f64v)_mm512_scalef_pd((__m512d)p, _mm512_cvtepi64_pd((__m512i)k));
#else
  i64v half = k >> 1;
  return p * power_of_two_f64(half) * power_of_two_f64(k - half);
#endif
}

/// (exp(r) - 1 - r) / r² for |r| ≤ ln 2 / 2.
GLIA_INLINE f64v exp_tail_f64(f64v r) {
  f64v r2 = r * r, r4 = r2 * r2;
  f64v a = fma_f64(r, 0x1.5555555555557p-3, 0x1.0p-1);
  f64v b = fma_f64(r, 0x1.11111111100dcp-7, 0x1.5555555555556p-5);
  f64v c = fma_f64(r, 0x1.a01a01abe7fe1p-13, 0x1.6c16c16c162d4p-10);
  f64v d = fma_f64(r, 0x1.71de0231960ebp-19, 0x1.a01a01a6d889cp-16);
  f64v e = fma_f64(r, 0x1.af4de97ca4194p-26, 0x1.27e4db646b17ep-22);
  e = fma_f64(r2, 0x1.1f730349868cep-29, e);
  f64v low = fma_f64(r2, b, a), high = fma_f64(r2, d, c);
  return fma_f64(r4, fma_f64(r4, e, high), low);
}

/// exp(x + low), |low| far below an ulp of x.
GLIA_INLINE f64v exp_sum_f64(f64v x, f64v low) {
  x = x > 710.0 ? (f64v)710.0 : x;  // NaN passes both
  x = x < -746.0 ? (f64v)-746.0 : x;
  f64v t = fma_f64(x, LOG2E64, ROUNDER64);
  f64v n = t - ROUNDER64;
  f64v r = fma_f64(n, -LN2_LOW64, fma_f64(n, -LN2_HIGH64, x)) + low;
  f64v p = fma_f64(r * r, exp_tail_f64(r), r) + 1.0;
  return scale_f64(p, bits_f64(t) - (long)0x4338000000000000);
}

GLIA_INLINE f64v exp_f64(f64v x) { return exp_sum_f64(x, 0.0); }

GLIA_INLINE f64v expm1_f64(f64v x) {
  f64v y = x > 710.0 ? (f64v)710.0 : x;
  y = y < -40.0 ? (f64v)-40.0 : y;
  f64v t = fma_f64(y, LOG2E64, ROUNDER64);
  f64v n = t - ROUNDER64;
  f64v r0 = fma_f64(n, -LN2_HIGH64, y), r = fma_f64(n, -LN2_LOW64, r0);
  f64v lost = fma_f64(n, -LN2_LOW64, r0 - r);
  f64v e = r + fma_f64(r * r, exp_tail_f64(r), lost);
  // 2^k (e + 1) - 1, by way of half of it so that 2^1024 does not overflow too early.
  f64v half = power_of_two_f64(bits_f64(t) - (long)0x4338000000000001);
  f64v result = fma_f64(half, e, half - 0.5) * 2.0;
  return x == 0.0 ? x : result;
}

/// log(1 + f) + k ln 2 for f in [√½ - 1, √2 - 1] and a small correction to f.
GLIA_INLINE f64v log_sum_f64(f64v f, f64v k) {
  f64v s = f / (f + 2.0), z = s * s, half = 0.5 * f * f, w = z * z;
  f64v even = fma_f64(w, fma_f64(w, fma_f64(w, 0x1.0fbde0f4ad17bp-3, 0x1.745cf8e4bba1bp-3), 0x1.2492492476a1ap-2),
                      0x1.5555555555555p-1);
  f64v odd = fma_f64(w, fma_f64(w, fma_f64(w, 0x1.0c0aff044a970p-3, 0x1.3b1c3c1c81c8fp-3), 0x1.c71c7201a55d7p-3),
                     0x1.9999999999a39p-2);
  f64v tail = z * fma_f64(z, odd, even);
  f64v small = fma_f64(s, half + tail, k * LN2_LOW64);
  return fma_f64(k, LN2_HIGH64, f - (half - small));
}

/// x = 2^k (1 + f) for a positive, normal or denormal x.
GLIA_INLINE f64v log_split_f64(f64v x, f64v *k) {
  i64v tiny = x < 0x1p-1022;
  f64v scaled = tiny ? x * 0x1p54 : x;
  i64v e = (bits_f64(scaled) - (long)0x3fe6a09e667f3bcd) >> 52;
  f64v f = from_bits_f64(bits_f64(scaled) - (e << 52)) - 1.0;
  *k = __builtin_convertvector(e - (tiny & 54), f64v);
  return f;
}

/// `result` for positive finite x; else what log has there.
GLIA_INLINE f64v log_special_f64(f64v x, f64v result) {
  f64v special = x == 0.0 ? (f64v)-INFINITY64 : (x < 0.0 ? (f64v)NAN64 : x);
  return ((x > 0.0) & (x < INFINITY64)) ? result : special;
}

GLIA_INLINE f64v log_f64(f64v x) {
  f64v k, f = log_split_f64(x, &k);
  return log_special_f64(x, log_sum_f64(f, k));
}

GLIA_INLINE f64v log1p_f64(f64v x) {
  f64v u = x + 1.0, k;
  f64v f = log_split_f64(u, &k);
  // What rounding took from u comes back through 2^-k x + (2^-k - 1), rounded once.
  f64v t = from_bits_f64((1023 - __builtin_convertvector(k, i64v)) << 52);
  f = u < 0x1p60 ? fma_f64(t, x, t - 1.0) : f;
  f64v result = log_special_f64(u, log_sum_f64(f, k));
  return x == 0.0 ? x : result;
}

GLIA_INLINE f64v sigmoid_f64(f64v x) {
  f64v e = exp_f64(-abs_f64(x));
  f64v top = x < 0.0 ? e : (f64v)1.0;
  return top / (e + 1.0);
}

GLIA_INLINE f64v tanh_f64(f64v x) {
  f64v e = expm1_f64(-2.0 * abs_f64(x));
  return sign_from_f64(-e / (e + 2.0), x);
}

GLIA_INLINE f64v erf_f64(f64v x) {
  f64v t = abs_f64(x), z = t * t, w = z * z;
  // |x| < 1: x + x P(x²).
  f64v even = 0x1.05ffd737fb32ep-34, odd = -0x1.389d4f2641625p-30;
  even = fma_f64(w, even, 0x1.f7b4bf3b13964p-27);
  odd = fma_f64(w, odd, -0x1.5f1ecb6f0764cp-23);
  even = fma_f64(w, even, 0x1.b9df224ca4b97p-20);
  odd = fma_f64(w, odd, -0x1.f4d1e3183f7aep-17);
  even = fma_f64(w, even, 0x1.f9a321d5b8e1ep-14);
  odd = fma_f64(w, odd, -0x1.c02db3dac435fp-11);
  even = fma_f64(w, even, 0x1.565bcd0dbaa38p-8);
  odd = fma_f64(w, odd, -0x1.b82ce31284e00p-6);
  even = fma_f64(w, even, 0x1.ce2f21a042b30p-4);
  odd = fma_f64(w, odd, -0x1.812746b0379e6p-2);
  even = fma_f64(w, even, 0x1.06eba8214db69p-3);
  f64v inner = fma_f64(x, fma_f64(z, odd, even), x);

  // 1 ≤ |x|: 1 - exp(-x²) Q((|x| - 3) / (|x| + 3)).
  f64v c = t > 6.0 ? (f64v)6.0 : t;  // erfc(6) is below half an ulp of 1
  f64v v = (c - 3.0) / (c + 3.0), v2 = v * v;
  f64v q = 0x1.57a5fe2b9b75ep-20, p = 0x1.0f9a79cee3e31p-19;
  q = fma_f64(v2, q, -0x1.0cb4611cc29f6p-17);
  p = fma_f64(v2, p, -0x1.af2329d757293p-17);
  q = fma_f64(v2, q, 0x1.0cb1db32e0c9fp-14);
  p = fma_f64(v2, p, 0x1.7b9fc8eb630e9p-15);
  q = fma_f64(v2, q, -0x1.39085a31b18abp-11);
  p = fma_f64(v2, p, 0x1.73101ea8fe252p-11);
  q = fma_f64(v2, q, 0x1.17c838fea5806p-8);
  p = fma_f64(v2, p, -0x1.8fa58eb5bd68fp-6);
  q = fma_f64(v2, q, 0x1.258b13b0139fep-4);
  p = fma_f64(v2, p, -0x1.336ffbef08cbbp-3);
  q = fma_f64(v2, q, 0x1.f6ff20410599bp-3);
  p = fma_f64(v2, p, -0x1.4e102b9cf8512p-2);
  q = fma_f64(v2, q, 0x1.6e9827d229d2dp-3);
  f64v outer = 1.0 - exp_f64(-c * c) * fma_f64(v, p, q);
  f64v result = t < 1.0 ? inner : sign_from_f64(outer, x);
  return x != x ? x : result;
}
