// Measures the error of the elementary functions, in units in the last place, against the C library one size up:
// float32 against double, over every `step`-th bit pattern (1: all of them); float64 against 80-bit long double, over
// random arguments of every size. Needs an x86-64 C library for the latter.
//
//   cd References/kernels
//   clang -O2 -std=gnu11 -I ../../Sources/CKernels/include accuracy.c -o accuracy
//     ../../Sources/CKernels/*.c -lm -lpthread
//   ./accuracy [step, 1] [float64 samples, 20000000] [name of one function]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glia_kernels.h"

static long double rsqrt_l(long double x) { return 1 / sqrtl(x); }
static long double reciprocal_l(long double x) { return 1 / x; }
static long double sigmoid_l(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static double rsqrt_d(double x) { return 1 / sqrt(x); }
static double reciprocal_d(double x) { return 1 / x; }
static double sigmoid_d(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }

static const struct {
  const char *name;
  glia_operation operation;
  double (*f64)(double);
  long double (*f80)(long double);
  double low, high;  // of the arguments drawn for float64, by magnitude
  double limit;      // of the error in ulps
} functions[] = {
  {"sqrt", GLIA_SQRT, sqrt, sqrtl, 1e-300, 1e300, 0.5001},
  {"rsqrt", GLIA_RSQRT, rsqrt_d, rsqrt_l, 1e-300, 1e300, 1.5},
  {"reciprocal", GLIA_RECIPROCAL, reciprocal_d, reciprocal_l, 1e-300, 1e300, 0.5001},
  {"exp", GLIA_EXP, exp, expl, 1e-20, 745, 1.5},
  {"expm1", GLIA_EXPM1, expm1, expm1l, 1e-300, 710, 4},
  {"log", GLIA_LOG, log, logl, 1e-310, 1e308, 4},
  {"log1p", GLIA_LOG1P, log1p, log1pl, 1e-300, 1e308, 4},
  {"sin", GLIA_SIN, sin, sinl, 1e-300, 1e12, 4},
  {"cos", GLIA_COS, cos, cosl, 1e-10, 1e12, 4},
  {"tanh", GLIA_TANH, tanh, tanhl, 1e-300, 30, 4},
  {"sigmoid", GLIA_SIGMOID, sigmoid_d, sigmoid_l, 1e-10, 745, 4},
  {"erf", GLIA_ERF, erf, erfl, 1e-300, 7, 4},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0], BATCH = 4096 };

static uint64_t state = 1;
static uint64_t random_bits(void) {  // splitmix64
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
static double random_unit(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

/// |got - want| in units in the last place of want, in the type whose least exponent and precision are given.
static double ulps(long double got, long double want, int least, int precision) {
  if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : INFINITY;
  if (got == want) return 0;
  int exponent = want == 0 ? least : ilogbl(want);
  if (isinf(want)) return INFINITY;
  if (exponent < least) exponent = least;
  return (double)(fabsl(got - want) / ldexpl(1, exponent - precision + 1));
}

static double ulps32(float got, double want) {
  if (got == (float)want) return 0;  // half an ulp at most, and not worth the time
  // An answer beyond the greatest float32 rounds to infinity from half an ulp beyond on.
  if (isinf(got) && fabs(want) >= 0x1.ffffffp127 && (got > 0) == (want > 0)) return 0;
  if (isinf(got) && !isinf(want)) return ulps(copysignl(0x1p128L, got), want, -126, 24);
  return ulps(got, want, -126, 24);
}
static double ulps64(double got, long double want) {
  if (isinf(got) && fabsl(want) >= 0x1.fffffffffffff8p1023L && (got > 0) == (want > 0)) return 0;
  if (isinf(got) && !isinf(want)) return ulps(copysignl(0x1p1024L, got), want, -1022, 53);
  return ulps(got, want, -1022, 53);
}

static int measure(int f, uint64_t step, long samples) {
  float x[BATCH], y[BATCH];
  double worst = 0.5, at = 0;
  for (uint64_t start = 0; start < 1ull << 32; start += step * BATCH) {
    int count = 0;
    for (uint64_t bits = start; bits < 1ull << 32 && count < BATCH; bits += step) {
      uint32_t b = (uint32_t)bits;
      memcpy(&x[count++], &b, 4);
    }
    glia_apply(functions[f].operation, GLIA_FLOAT32, y, x, NULL, NULL, (size_t)count);
    for (int i = 0; i < count; i++) {
      double error = ulps32(y[i], functions[f].f64(x[i]));
      if (error > worst) worst = error, at = x[i];
    }
  }
  double dx[BATCH], dy[BATCH], worst64 = 0, at64 = 0;
  for (long done = 0; done < samples; done += BATCH) {
    double low = log(functions[f].low), high = log(functions[f].high);
    for (int i = 0; i < BATCH; i++) {
      double size = i % 2 ? exp(low + (high - low) * random_unit()) : 3 * random_unit();
      if (i % 8 == 0) size = functions[f].high * random_unit();
      dx[i] = random_bits() & 1 ? size : -size;
    }
    glia_apply(functions[f].operation, GLIA_FLOAT64, dy, dx, NULL, NULL, BATCH);
    for (int i = 0; i < BATCH; i++) {
      double error = ulps64(dy[i], functions[f].f80(dx[i]));
      if (error > worst64) worst64 = error, at64 = dx[i];
    }
  }
  printf("%-11s float32 %.3f ulp at %.9g (%a)   float64 %.3f ulp at %.17g (%a)\n", functions[f].name, worst, at, at,
         worst64, at64, at64);
  fflush(stdout);
  return worst <= functions[f].limit && worst64 <= functions[f].limit;
}

static int measure_power(long samples) {
  float x[BATCH], y[BATCH], z[BATCH];
  double dx[BATCH], dy[BATCH], dz[BATCH], worst = 0.5, worst64 = 0, at[4] = {0};
  for (long done = 0; done < samples; done += BATCH) {
    for (int i = 0; i < BATCH; i++) {
      // Powers anywhere between underflow and overflow, for bases of every size.
      double base = i % 2 ? exp(600 * (random_unit() - 0.5)) : exp(4 * (random_unit() - 0.5));
      double power = 1500 * (random_unit() - 0.5) / log(base);
      dx[i] = base, dy[i] = power;
      x[i] = (float)(i % 2 ? exp(160 * (random_unit() - 0.5)) : base);
      y[i] = (float)(200 * (random_unit() - 0.5) / log(x[i]));
    }
    glia_apply(GLIA_POWER, GLIA_FLOAT32, z, x, y, NULL, BATCH);
    glia_apply(GLIA_POWER, GLIA_FLOAT64, dz, dx, dy, NULL, BATCH);
    for (int i = 0; i < BATCH; i++) {
      double error = ulps32(z[i], pow(x[i], y[i])), error64 = ulps64(dz[i], powl(dx[i], dy[i]));
      if (error > worst) worst = error, at[0] = x[i], at[1] = y[i];
      if (error64 > worst64) worst64 = error64, at[2] = dx[i], at[3] = dy[i];
    }
  }
  printf("%-11s float32 %.3f ulp at (%.9g, %.9g)   float64 %.3f ulp at (%.17g, %.17g)\n", "pow", worst, at[0], at[1],
         worst64, at[2], at[3]);
  return worst <= 4 && worst64 <= 4;
}

int main(int argc, char **argv) {
  uint64_t step = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  long samples = argc > 2 ? atol(argv[2]) : 20000000;
  int good = 1;
  printf("instruction set %s\n", glia_instruction_set());
  for (int f = 0; f < FUNCTIONS; f++) {
    if (argc <= 3 || strcmp(argv[3], functions[f].name) == 0) good &= measure(f, step ? step : 1, samples);
  }
  if (argc <= 3 || strcmp(argv[3], "pow") == 0) good &= measure_power(samples);
  return good ? 0 : 1;
}
