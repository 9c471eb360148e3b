// The reduction of a large angle by π/2, after Payne and Hanek (1983, doi:10.1145/1057600.1057602): of the product with
// 2/π only the bits that matter are worked out. Slow and exact; the vectors come here lane by lane beyond 2^40.
#include "angle.h"

#include <string.h>

#include "internal.h"

// The bits of 2/π behind the binary point.
static const uint64_t two_over_pi[20] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
    0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

/// 64 bits of 2/π from bit `first` on, where bit 1 is worth a half; zeros before bit 1.
static uint64_t bits_from(int first) {
  int position = first - 1;
  if (position <= -64) return 0;
  if (position < 0) return two_over_pi[0] >> -position;
  int word = position / 64, shift = position % 64;
  if (shift == 0) return two_over_pi[word];
  return two_over_pi[word] << shift | two_over_pi[word + 1] >> (64 - shift);
}

static double power_of_two(int exponent) {
  uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define HALF_PI_HIGH 0x1.921fb54442d18p+0
#define HALF_PI_LOW 0x1.1a62633145c07p-54

int glia_reduce_angle(double x, double *high, double *low) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int exponent = (int)(bits >> 52 & 0x7ff) - 1075;
  uint64_t mantissa = (bits & 0xfffffffffffff) | 0x10000000000000;

  // x · 2/π mod 4 as a whole number of 2^-190: bits that weigh 4 or more fall off the top.
  int first = exponent - 1;
  unsigned __int128 product = (unsigned __int128)mantissa * bits_from(first + 128);
  uint64_t w0 = (uint64_t)product;
  product = (product >> 64) + (unsigned __int128)mantissa * bits_from(first + 64);
  uint64_t w1 = (uint64_t)product;
  uint64_t w2 = (uint64_t)(product >> 64) + mantissa * bits_from(first);

  int multiple = (int)(w2 >> 62);
  w2 <<= 2;
  w2 |= w1 >> 62;
  w1 = w1 << 2 | w0 >> 62;
  w0 <<= 2;
  // The fraction is w2:w1:w0 / 2^192 in [0, 1); beyond a half it is taken from the next multiple downwards.
  int negative = (int)(w2 >> 63);
  if (negative) {
    multiple++;
    w0 = ~w0;
    w1 = ~w1;
    w2 = ~w2;  // short of the negation by 2^-192, which is nothing here
  }
  int zeros = 0;
  if (w2 == 0) {  // as near to a multiple as that no double is
    w2 = w1;
    w1 = w0;
    zeros = 64;
  }
  int shift = w2 ? __builtin_clzll(w2) : 0;
  if (shift) {
    w2 = w2 << shift | w1 >> (64 - shift);
    w1 = w1 << shift | w0 >> (64 - shift);
    zeros += shift;
  }

  if (x < 0) multiple = -multiple;
  double sign = (x < 0) != negative ? -1 : 1;
  double top = sign * (double)(w2 >> 11) * power_of_two(-53 - zeros);
  double rest = sign * (double)((w2 & 0x7ff) << 42 | w1 >> 22) * power_of_two(-106 - zeros);
  *high = top * HALF_PI_HIGH;
  *low = __builtin_fma(top, HALF_PI_HIGH, -*high) + (top * HALF_PI_LOW + rest * HALF_PI_HIGH);
  return multiple & 3;
}
