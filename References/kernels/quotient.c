// Shows that quotients and roots by multiply-adds (Sources/CKernels/quotient.inc.h) round as the divider does,
// whatever estimate they begin from, as long as it is off by no more than 2⁻¹⁴ of it.
//
//   cd References/kernels
//   clang -O2 -std=gnu11 -march=native -ffp-contract=off quotient.c -o quotient -lm && ./quotient
//
// Quotients. Let a and b be mantissas, whole numbers of 24 bits, y the reciprocal after two Newton steps and q = a ·
// y rounded. y is off by less than 2⁻²⁴ of it, q by 2⁻²³, which is up to 2 units in the last place; its residual is
// off by 2⁻²⁴ at most, for it is rounded. So what is rounded last is off by less than 2⁻²² units, and rounds as a / b
// does unless a / b lies that near to a midpoint m of two neighbours. Then a · 2ˢ = b · m + j in whole numbers, m odd
// and of 25 bits, s 24 or 25, and a / b lies |j| / 2b > |j| · 2⁻²⁵ units from the midpoint: so |j| is 8 at most. For
// each b, s and j there are few such m, and so few a. They are all tried here, with each y that there may be. Only
// divisors whose mantissa is all ones fail; the kernel leaves those to the divider.
//
// Roots. Each mantissa is tried under exponents of both parities, with estimates off by as much as may be either way,
// in steps.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { STEPS = 8, ALL_ONES = (1 << 24) - 1 };

static double estimate(double exact, int step) { return exact * (1 + step * 0x1p-14 / STEPS); }

// ---- Quotients ------------------------------------------------------------------------------------------------

static float reciprocal(float b, int step) {
  float y = (float)estimate(1 / (double)b, step);
  for (int i = 0; i < 2; i++) y = fmaf(y, fmaf(-b, y, 1), y);
  return y;
}

static float quotient(float a, float b, float y) {
  const float q = a * y;
  return fmaf(fmaf(-b, q, a), y, q);
}

/// The inverse of an odd number, to 32 bits.
static uint32_t inverse(uint32_t b) {
  uint32_t x = b;
  for (int i = 0; i < 4; i++) x *= 2 - b * x;
  return x;
}

typedef struct {
  long tried, wrong, wrong_of_all_ones;
} count;

static void try_quotient(uint32_t a, uint32_t b, count *count) {
  for (int step = -STEPS; step <= STEPS; step += 2) {
    const bool is_right = quotient((float)a, (float)b, reciprocal((float)b, step)) == (float)a / (float)b;
    count->tried++;
    if (b == ALL_ONES) count->wrong_of_all_ones += !is_right;
    else count->wrong += !is_right;
  }
}

/// All dividends whose quotients by b lie j / 2b units in the last place from a midpoint.
static void try_dividends(uint32_t b, int s, int j, count *count) {
  const int twos = __builtin_ctz(b);
  if (twos > 3 || j % (1 << twos)) return;  // b · m + j would be no multiple of 2ˢ
  const uint32_t step = 1u << (s - twos);
  uint32_t m = (uint32_t)(-j / (1 << twos)) * inverse(b >> twos) & (step - 1);
  for (; m < 1 << 25; m += step) {
    if (m < 1 << 24 || m % 2 == 0) continue;
    const uint64_t a = ((uint64_t)b * m + (uint64_t)(int64_t)j) >> s;
    if (a >= 1 << 23 && a < 1 << 24) try_quotient((uint32_t)a, b, count);
  }
}

static void try_quotients(void) {
  count count = {0, 0, 0};
  for (uint32_t b = 1 << 23; b <= ALL_ONES; b++) {
    for (int s = 24; s <= 25; s++) {
      for (int j = -8; j <= 8; j++) {
        if (j) try_dividends(b, s, j, &count);
      }
    }
  }
  printf("quotients: %ld of the hardest tried, %ld wrong, and %ld where the divisor is all ones\n", count.tried,
         count.wrong, count.wrong_of_all_ones);
}

// ---- Roots ----------------------------------------------------------------------------------------------------

static float root(float a, float y) {
  float root = a * y, half_y = y * 0.5f;
  const float rest = fmaf(-root, half_y, 0.5f);
  root = fmaf(root, rest, root);
  half_y = fmaf(half_y, rest, half_y);
  return fmaf(fmaf(-root, root, a), half_y, root);
}

static void try_roots(void) {
  long tried = 0, wrong = 0;
  for (uint32_t i = 0; i < 1 << 24; i++) {
    const float a = i < 1 << 23 ? 1 + (float)i * 0x1p-23f : 2 + (float)(i - (1 << 23)) * 0x1p-22f;
    const double exact = 1 / sqrt((double)a);
    for (int step = -STEPS; step <= STEPS; step++) {
      tried++;
      wrong += root(a, (float)estimate(exact, step)) != sqrtf(a);
    }
  }
  printf("roots: %ld tried, %ld wrong\n", tried, wrong);
}

int main(void) {
  try_quotients();
  try_roots();
}
