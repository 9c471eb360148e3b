// NEON, which every 64-bit Arm has: 4 lanes of float32.
#include "angle.h"
#include "half.h"
#include "internal.h"
#include "program.h"

#if defined(__aarch64__)
#define GLIA_WIDTH 16
#define GLIA_LANES_IN_ORDER 0, 1, 2, 3
#define GLIA_HALF_LANES_IN_ORDER 0, 1
#define GLIA_TABLE glia_neon_table
#define GLIA_NAME "neon"
#include "kernels.inc.h"

#endif
