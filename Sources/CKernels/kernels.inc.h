// Everything that is built once for each instruction set. The includer has set GLIA_WIDTH (bytes of a vector),
// GLIA_LANES_IN_ORDER and GLIA_HALF_LANES_IN_ORDER (the whole numbers below the lanes of float32, and of float64),
// GLIA_TABLE and GLIA_NAME, and the target for all functions from here on.

#include "vectors.inc.h"
#include "math64.inc.h"
#include "angle.inc.h"
#include "power.inc.h"
#include "math32.inc.h"
#if GLIA_WIDTH == 64
#include "quotient.inc.h"
#else
GLIA_INLINE f32v quotient_f32(f32v a, f32v b) { return a / b; }
GLIA_INLINE f32v root_f32(f32v a) { return __builtin_elementwise_sqrt(a); }
#endif
GLIA_INLINE f64v quotient_f64(f64v a, f64v b) { return a / b; }
GLIA_INLINE f64v root_f64(f64v a) { return __builtin_elementwise_sqrt(a); }

// NaN wins; of equal zeros the second.
#define GLIA_MAXIMUM_OF(a, b) ((((a) > (b)) | ((a) != (a))) ? (a) : (b))
#define GLIA_MINIMUM_OF(a, b) ((((a) < (b)) | ((a) != (a))) ? (a) : (b))

// The lanes of one vector in halves: 8, 4, 2, 1.
#define FOLD2(v, COMBINE) COMBINE((v).x, (v).y)
#define FOLD4(v, COMBINE)                              \
  ({                                                   \
    __auto_type fold2 = COMBINE((v).lo, (v).hi);       \
    FOLD2(fold2, COMBINE);                             \
  })
#define FOLD8(v, COMBINE)                              \
  ({                                                   \
    __auto_type fold4 = COMBINE((v).lo, (v).hi);       \
    FOLD4(fold4, COMBINE);                             \
  })
#define FOLD16(v, COMBINE)                             \
  ({                                                   \
    __auto_type fold8 = COMBINE((v).lo, (v).hi);       \
    FOLD8(fold8, COMBINE);                             \
  })

typedef struct {
  /// By operation from GLIA_ROW_SUM on.
  glia_move_rows row[4];
  /// Into a partial: of each column; of all, in float64.
  glia_move_rows column[3];
  glia_move total[3];
  glia_fill_value fill_constant;
  glia_move fill_first;  // every element of dst = the first of src
  glia_move_rows row_repeat;
  glia_move copy_padded;
  /// By glia_type in memory.
  glia_move load[7], store[7];
} reductions_table;

#define S float
#define V f32v
#define M i32v
#define LANES LANES32
#define LOAD load_f32
#define STORE store_f32
#define LOAD_PART load_part_f32
#define STORE_PART store_part_f32
#define N(name) name##_f32
#define LANES_ABOVE_2 1
#define DIVIDES_IN_PAIRS (GLIA_WIDTH > 32)
#define LANES_ABOVE_8 (GLIA_WIDTH > 32)
#if GLIA_WIDTH == 64
#define FOLD FOLD16
#elif GLIA_WIDTH == 32
#define FOLD FOLD8
#else
#define FOLD FOLD4
#endif
GLIA_INLINE i32v lane_indices_f32(void) { return (i32v){GLIA_LANES_IN_ORDER}; }
#include "elementwise.inc.h"
#include "convert.inc.h"
#include "reduce.inc.h"
#undef S
#undef V
#undef M
#undef LANES
#undef LOAD
#undef STORE
#undef LOAD_PART
#undef STORE_PART
#undef N
#undef LANES_ABOVE_2
#undef LANES_ABOVE_8
#undef DIVIDES_IN_PAIRS
#undef FOLD

#define S double
#define V f64v
#define M i64v
#define LANES LANES64
#define LOAD load_f64
#define STORE store_f64
#define LOAD_PART load_part_f64
#define STORE_PART store_part_f64
#define N(name) name##_f64
#define LANES_ABOVE_2 (GLIA_WIDTH > 16)
#define LANES_ABOVE_8 0
#define DIVIDES_IN_PAIRS 0
#if GLIA_WIDTH == 64
#define FOLD FOLD8
#elif GLIA_WIDTH == 32
#define FOLD FOLD4
#else
#define FOLD FOLD2
#endif
GLIA_INLINE i64v lane_indices_f64(void) { return (i64v){GLIA_HALF_LANES_IN_ORDER}; }
#include "elementwise.inc.h"
#include "convert.inc.h"
#include "reduce.inc.h"
#undef S
#undef V
#undef M
#undef LANES
#undef LOAD
#undef STORE
#undef LOAD_PART
#undef STORE_PART
#undef N
#undef LANES_ABOVE_2
#undef LANES_ABOVE_8
#undef DIVIDES_IN_PAIRS
#undef FOLD

#include "tables.inc.h"
static const reductions_table reductions[2] = {REDUCTIONS_TABLE(f32), REDUCTIONS_TABLE(f64)};
#include "program.inc.h"
#include "matmul.inc.h"

const glia_table GLIA_TABLE = {
  .name = GLIA_NAME,
  .elementwise = {ELEMENTWISE_TABLE(f32), ELEMENTWISE_TABLE(f64)},
  .program_rectangle = program_rectangle,
  .matmul_task = matmul_task,
};
