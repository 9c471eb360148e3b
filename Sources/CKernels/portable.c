// Portable C: whatever the compiler makes of 4 lanes. Fused multiply-adds may be calls into the C library.
#include "angle.h"
#include "half.h"
#include "internal.h"
#include "program.h"

#define GLIA_WIDTH 16
#define GLIA_LANES_IN_ORDER 0, 1, 2, 3
#define GLIA_HALF_LANES_IN_ORDER 0, 1
#define GLIA_TABLE glia_portable_table
#define GLIA_NAME "portable"
#include "kernels.inc.h"
