// AVX-512: 16 lanes of float32.
#include "angle.h"
#include "half.h"
#include "internal.h"
#include "program.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)

#define GLIA_WIDTH 64
#define GLIA_LANES_IN_ORDER 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define GLIA_HALF_LANES_IN_ORDER 0, 1, 2, 3, 4, 5, 6, 7
#define GLIA_TABLE glia_avx512_table
#define GLIA_NAME "avx512"
#include "kernels.inc.h"

#pragma clang attribute pop

#endif
