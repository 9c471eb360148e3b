// AVX2 with FMA: 8 lanes of float32.
#include "angle.h"
#include "half.h"
#include "internal.h"
#include "program.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define GLIA_WIDTH 32
#define GLIA_LANES_IN_ORDER 0, 1, 2, 3, 4, 5, 6, 7
#define GLIA_HALF_LANES_IN_ORDER 0, 1, 2, 3
#define GLIA_TABLE glia_avx2_table
#define GLIA_NAME "avx2"
#include "kernels.inc.h"

#pragma clang attribute pop

#endif
