// Powers. float64: the logarithm in two parts, so that its error times the exponent stays below an ulp of the result.
// float32: in float64 lanes.

/// Whether y is a whole number, and an odd one.
GLIA_INLINE i64v is_whole_f64(f64v y) { return __builtin_elementwise_rint(y) == y; }
GLIA_INLINE i64v is_odd_f64(f64v y) {
  f64v half = y * 0.5;
  return (__builtin_elementwise_rint(y) == y) & (__builtin_elementwise_rint(half) != half);
}

/// What IEEE 754 asks where |x|^y is not the answer; `result` is |x|^y for finite x ≠ 0 and any y.
GLIA_INLINE f64v power_special_f64(f64v x, f64v y, f64v result) {
  f64v ax = abs_f64(x);
  i64v odd = is_odd_f64(y);
  // 0 and inf: to a positive power themselves, to a negative one each other.
  i64v flips = y < 0.0;
  f64v edge = (ax == 0.0) != flips ? (f64v)0.0 : (f64v)INFINITY64;
  result = ((ax == 0.0) | (ax == INFINITY64)) ? edge : result;
  f64v outward = (ax > 1.0) != flips ? (f64v)INFINITY64 : (f64v)0.0;
  outward = ax == 1.0 ? (f64v)1.0 : outward;
  result = abs_f64(y) == INFINITY64 ? outward : result;
  i64v negative = bits_f64(x) < 0;
  result = (negative & odd) ? -result : result;
  result = ((x < 0.0) & (ax != INFINITY64) & ~is_whole_f64(y)) ? (f64v)NAN64 : result;
  result = x != x ? x : result;
  result = y != y ? y : result;
  return ((x == 1.0) | (y == 0.0)) ? (f64v)1.0 : result;
}

/// log(x) = result + low for positive finite x, good to some 2^-66.
GLIA_INLINE f64v log_parts_f64(f64v x, f64v *low) {
  f64v k, f = log_split_f64(x, &k);
  // s = f / (2 + f) in two parts.
  f64v d = f + 2.0, d_low = f - (d - 2.0);
  f64v s = f / d;
  f64v s_low = fma_f64(-s, d_low, fma_f64(-s, d, f)) / d;
  f64v z = s * s, z_low = fma_f64(s, s, -z) + 2.0 * s * s_low;
  // 2 atanh(s) = 2s + s (2/3 z + z² T(z)); the term in z too in two parts.
  f64v w = z * z;
  f64v even = fma_f64(w, fma_f64(w, 0x1.0fbde0f4ad17bp-3, 0x1.745cf8e4bba1bp-3), 0x1.2492492476a1ap-2);
  f64v odd = fma_f64(w, fma_f64(w, 0x1.0c0aff044a970p-3, 0x1.3b1c3c1c81c8fp-3), 0x1.c71c7201a55d7p-3);
  f64v tail = z * fma_f64(z, fma_f64(z, odd, even), 0x1.9999999999a39p-2);
  f64v third = z * 0x1.5555555555555p-1;
  f64v third_low = fma_f64(z, 0x1.5555555555555p-1, -third) + z * 0x1.5555555555555p-55 + z_low * 0x1.5555555555555p-1;
  f64v g = third + z * tail;
  f64v g_low = (third - g) + z * tail + third_low;
  f64v product = s * g, product_low = fma_f64(s, g, -product) + s * g_low + s_low * g;
  // k ln 2 + 2s + product, largest first.
  f64v first = k * LN2_HIGH64, second = 2.0 * s;
  f64v a = first + second, a_back = a - first;
  f64v a_low = (first - (a - a_back)) + (second - a_back);
  f64v b = a + product, b_back = b - a;
  f64v b_low = (a - (b - b_back)) + (product - b_back);
  *low = ((a_low + b_low) + fma_f64(k, LN2_LOW64, fma_f64(2.0, s_low, product_low)));
  return b;
}

GLIA_INLINE f64v power_f64(f64v x, f64v y) {
  f64v log_low, log_high = log_parts_f64(abs_f64(x), &log_low);
  f64v high = y * log_high;
  f64v low = fma_f64(y, log_high, -high) + y * log_low;
  // Beyond these the result is 0 or infinite, and the low part may be NaN.
  i64v bounded = abs_f64(high) < 800.0;
  f64v clamped = high > 800.0 ? (f64v)800.0 : (high < -800.0 ? (f64v)-800.0 : high);
  f64v result = exp_sum_f64(clamped, bounded ? low : (f64v)0.0);
  return power_special_f64(x, y, result);
}

/// float32's power of as many lanes as a vector has float64. The logarithm's error times |y log x| < 104 is far below
/// an ulp of float32.
GLIA_INLINE f32h power_half_f32(f32h x32, f32h y32) {
  f64v x = __builtin_convertvector(x32, f64v), y = __builtin_convertvector(y32, f64v);
  f64v result = exp_f64(y * log_f64(abs_f64(x)));
  return __builtin_convertvector(power_special_f64(x, y, result), f32h);
}
