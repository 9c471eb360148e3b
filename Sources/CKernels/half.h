// bfloat16 and float16 by whole-number arithmetic, so that no processor needs to have them. Rounded half to even; NaN
// stays NaN.
#ifndef GLIA_HALF_H
#define GLIA_HALF_H

#include <stdint.h>
#include <string.h>

static inline float glia_float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static inline uint32_t glia_bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline uint16_t glia_bfloat_of_float(float value) {
  uint32_t bits = glia_bits_of_float(value);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16 | 0x40) : rounded);
}

static inline float glia_float_of_half(uint16_t half) {
  uint32_t bits = (uint32_t)(half & 0x7fff) << 13, sign = (uint32_t)(half & 0x8000) << 16;
  // Not by scaling the bits as they are: of a half's denormals they make one of float32, which may count as zero.
  uint32_t denormal = glia_bits_of_float((float)(int32_t)(half & 0x3ff) * 0x1p-24f);
  uint32_t finite = bits < 0x00800000 ? denormal : bits + (112u << 23);
  return glia_float_of_bits(sign | (bits >= 0x0f800000 ? bits | 0x7f800000 : finite));
}

static inline uint16_t glia_half_of_float(float value) {
  uint32_t bits = glia_bits_of_float(value), sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  uint32_t shifted = bits - (112u << 23);
  uint32_t normal = (shifted + 0xfff + (shifted >> 13 & 1)) >> 13;
  // An ulp of a half is the step of float16's denormals.
  uint32_t denormal = glia_bits_of_float(glia_float_of_bits(bits) + 0.5f) - 0x3f000000;
  uint32_t result = bits < 0x38800000 ? denormal : normal;
  result = bits >= 0x47800000 ? 0x7c00 : result;
  return (uint16_t)(sign | (bits > 0x7f800000 ? 0x7e00 : result));
}

/// float64 to float32 on its way to a shorter type: an inexact result is made odd, so that rounding it again is right.
static inline float glia_narrow_f64(double value) {
  float near = (float)value;
  double back = (double)near;
  uint32_t bits = glia_bits_of_float(near);
  int inexact = back != value && value == value;
  int outward = inexact && (value < 0 ? back < value : back > value);
  return glia_float_of_bits((bits - (uint32_t)outward) | (uint32_t)inexact);
}
static inline float glia_narrow_f32(float value) { return value; }

#endif
