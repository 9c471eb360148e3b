// Sine and cosine. Angles are reduced by π/2 in three parts, exact up to 2^40; beyond that lane by lane (angle.c).

/// x = multiple · π/2 + result + low.
GLIA_INLINE f64v reduce_angle_f64(f64v x, i64v *multiple, f64v *low) {
  f64v t = fma_f64(x, TWO_OVER_PI64, ROUNDER64);
  f64v n = t - ROUNDER64;
  f64v r = fma_f64(n, -HALF_PI_1, x);  // exact: both are multiples of 2^-53, and the difference is below 1
  f64v product = n * HALF_PI_2, lost = fma_f64(n, HALF_PI_2, -product);
  f64v high = r - product, back = high - r;
  f64v error = (r - (high - back)) - (product + back);
  *low = (error - lost) - n * HALF_PI_3;
  *multiple = bits_f64(t);

  i64v huge = (abs_f64(x) > 0x1p40) & (abs_f64(x) < INFINITY64);
  if (__builtin_expect(__builtin_reduce_or(huge) != 0, 0)) {
    for (int i = 0; i < LANES64; i++) {
      if (!huge[i]) continue;
      double h, l;
      (*multiple)[i] = glia_reduce_angle(x[i], &h, &l);
      high[i] = h;
      (*low)[i] = l;
    }
  }
  return high;
}

GLIA_INLINE f64v sin_reduced_f64(f64v r, f64v low) {
  f64v z = r * r, w = z * z;
  f64v a = fma_f64(z, -0x1.a01a01a019914p-13, 0x1.1111111111110p-7);
  f64v b = fma_f64(z, -0x1.ae64540b4d1f5p-26, 0x1.71de3a545c467p-19);
  f64v c = fma_f64(z, -0x1.ab145a3afb4cdp-41, 0x1.6121792308a6bp-33);
  f64v p = fma_f64(w, fma_f64(w, c, b), a);
  // r + (r³ (-1/6 + z p) + low (1 - r²/2))
  f64v cubic = fma_f64(z, p, -0x1.5555555555555p-3);
  f64v rest = fma_f64(z * r, cubic, fma_f64(-0.5 * z, low, low));
  return r + rest;
}

GLIA_INLINE f64v cos_reduced_f64(f64v r, f64v low) {
  f64v z = r * r, w = z * z;
  f64v a = fma_f64(z, -0x1.6c16c16c16959p-10, 0x1.5555555555555p-5);
  f64v b = fma_f64(z, -0x1.27e4fa139e45dp-22, 0x1.a01a019f4b6aap-16);
  f64v c = fma_f64(z, -0x1.907a78f9a8549p-37, 0x1.1eeb64821c697p-29);
  f64v p = fma_f64(w, fma_f64(w, c, b), a);
  f64v half = 0.5 * z, top = 1.0 - half;
  // What 1 - half lost, the rest of the series, and the angle's low part.
  f64v rest = fma_f64(w, p, ((1.0 - top) - half) - r * low);
  return top + rest;
}

/// sin(x + quarter · π/2) for quarter 0 or 1.
GLIA_INLINE f64v sine_f64(f64v x, long quarter) {
  i64v multiple;
  f64v low, r = reduce_angle_f64(x, &multiple, &low);
  multiple += quarter;
  f64v s = sin_reduced_f64(r, low), c = cos_reduced_f64(r, low);
  f64v value = (multiple & 1) != 0 ? c : s;
  return from_bits_f64(bits_f64(value) ^ ((multiple & 2) << 62));
}

GLIA_INLINE f64v sin_f64(f64v x) {
  f64v result = sine_f64(x, 0);
  return x == 0.0 ? x : result;
}
GLIA_INLINE f64v cos_f64(f64v x) { return sine_f64(x, 1); }
