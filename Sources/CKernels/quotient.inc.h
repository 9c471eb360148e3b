// Quotients and roots of float32 by multiply-adds: the same bits as the divider's, for AVX-512.
//
// The divider takes ten cycles for a vector, while the multipliers wait. So each second vector of a division or a
// root goes by these, and both units work. From the processor's estimate (14 bits) two Newton steps give a divisor's
// reciprocal to the nearest float32, one the reciprocal of a root; what is then missing in the quotient or root is a
// residual times that, added with one rounding (Markstein 1990, "Computation of elementary functions on the IBM RISC
// System/6000 processor", doi:10.1147/rd.341.0111). References/kernels/quotient.c shows that this rounds as the exact
// result does, whatever the estimate, but for divisors whose mantissa is all ones, and so long as no exponent comes
// near an end. Where a lane has such, the divider does the vector.

enum {
  EXPONENT = 1 << 23,
  LEAST_DIVIDEND = (127 - 79) * EXPONENT,  // below, a residual could be less than the least normal number
  LEAST_DIVISOR = (127 - 64) * EXPONENT,
  DIVIDENDS = 139 * EXPONENT,  // exponents of -79 to 59, and
  DIVISORS = 110 * EXPONENT,   // of -64 to 45: the quotient's lie between -125 and 124
  RADICANDS = 200 * EXPONENT,  // -79 to 120
};

/// The lanes, of those of the mask, whose bits are not within `count` from `least` on.
GLIA_INLINE __mmask16 outside(__mmask16 lanes, __m512i bits, int least, int count) {
  const __m512i above = _mm512_sub_epi32(bits, _mm512_set1_epi32(least));
  return _mm512_mask_cmpge_epu32_mask(lanes, above, _mm512_set1_epi32(count));
}

GLIA_INLINE f32v quotient_f32(f32v a, f32v b) {
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  const __m512i a_bits = _mm512_and_si512((__m512i)a, magnitude), b_bits = _mm512_and_si512((__m512i)b, magnitude);
  const __mmask16 dividend = _mm512_test_epi32_mask(a_bits, a_bits);  // where it is not zero
  const __mmask16 far_a = outside(dividend, a_bits, LEAST_DIVIDEND, DIVIDENDS);
  const __mmask16 far_b = outside(0xffff, b_bits, LEAST_DIVISOR, DIVISORS);
  const __m512i ones = _mm512_set1_epi32(-1);
  const __mmask16 all_ones = _mm512_cmpeq_epi32_mask(_mm512_or_si512(b_bits, _mm512_set1_epi32(-EXPONENT)), ones);
  if (__builtin_expect((far_a | far_b | all_ones) != 0, 0)) return a / b;
  const __m512 estimate = _mm512_rcp14_ps((__m512)b), one = _mm512_set1_ps(1);
  __m512 y = _mm512_fmadd_ps(estimate, _mm512_fnmadd_ps((__m512)b, estimate, one), estimate);
  y = _mm512_fmadd_ps(y, _mm512_fnmadd_ps((__m512)b, y, one), y);
  const __m512 q = _mm512_mul_ps((__m512)a, y);
  // A quotient of zero keeps its sign.
  return (f32v)_mm512_mask3_fmadd_ps(_mm512_fnmadd_ps((__m512)b, q, (__m512)a), y, q, dividend);
}

GLIA_INLINE f32v root_f32(f32v a) {
  const __m512i bits = (__m512i)a;
  const __mmask16 radicand = _mm512_test_epi32_mask(bits, bits);  // where it is not +0
  const __mmask16 far = outside(radicand, bits, LEAST_DIVIDEND, RADICANDS);
  if (__builtin_expect(far != 0, 0)) return __builtin_elementwise_sqrt(a);
  const __m512 half = _mm512_set1_ps(0.5f), y = _mm512_maskz_rsqrt14_ps(radicand, (__m512)a);
  __m512 root = _mm512_mul_ps((__m512)a, y), half_y = _mm512_mul_ps(y, half);
  const __m512 rest = _mm512_fnmadd_ps(root, half_y, half);
  root = _mm512_fmadd_ps(root, rest, root);
  half_y = _mm512_fmadd_ps(half_y, rest, half_y);
  return (f32v)_mm512_fmadd_ps(_mm512_fnmadd_ps(root, root, (__m512)a), half_y, root);
}
