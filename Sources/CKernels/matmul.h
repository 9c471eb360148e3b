// What a matrix product's cut into tasks (matmul.c) and its kernels (matmul.inc.h) share.
#ifndef GLIA_MATMUL_H
#define GLIA_MATMUL_H

#include "program.h"

enum {
  GLIA_MATMUL_PANEL = 32,         // columns that any instruction set's panels divide
  GLIA_MATMUL_ROWS = 16,          // at least the rows of any instruction set's block, in whole vectors
  GLIA_MATMUL_BLOCKS = 8,         // of rows, that are packed at once
  GLIA_MATMUL_SINGLE_DEPTH = 384, // what is done in one pass
  GLIA_MATMUL_DEPTH = 272,        // the most of a pass where there are several,
  GLIA_MATMUL_LONG_DEPTH = 512,   // and where there are so many rows that
  GLIA_MATMUL_MANY_ROWS = 512,    // reading and writing c for each pass costs more than long panels do;
  GLIA_MATMUL_SHORT_DEPTH = 128,  // where c is narrow and a transposed: blocks read lines of a that others read as well
  GLIA_MATMUL_COLUMNS = 256,      // packed at once: their panels at one depth fill a quarter of a second-level cache
  GLIA_MATMUL_KEPT_ROWS = 512,    // packed once for more columns than those: half of such a cache, with long passes
  GLIA_MATMUL_SHORT = 32,         // rows of matrices below which a batch's epilogue runs over many at once
  GLIA_MATMUL_FEW = 4,            // columns up to which the transposed product is done
};

/// Rows and columns of the product. Rows are those of all matrices of the batch, one after the other: row r is row r % m of
/// matrix r / m.
typedef struct glia_matmul_part {
  int64_t row0, row1, column0, column1;
} glia_matmul_part;

/// The depth of each pass but the last, which is no deeper. Passes are about even: a short one at the end would read and write c
/// for little.
static inline int64_t glia_matmul_pass_depth(int64_t depth, int64_t rows, int64_t columns, bool is_transposed) {
  enum { STEP = 8, NARROW = 2 * GLIA_MATMUL_PANEL };
  if (depth <= GLIA_MATMUL_SINGLE_DEPTH) return depth;
  const int64_t most = is_transposed                   ? (columns <= NARROW ? GLIA_MATMUL_SHORT_DEPTH : GLIA_MATMUL_DEPTH)
                       : rows >= GLIA_MATMUL_MANY_ROWS ? GLIA_MATMUL_LONG_DEPTH
                                                       : GLIA_MATMUL_DEPTH;
  const int64_t passes = (depth + most - 1) / most, even = (depth + passes - 1) / passes;
  return (even + STEP - 1) / STEP * STEP;
}
/// The rows of c over which an epilogue runs at a time: few enough to be in cache still, and whole tiles of programs, so
/// that a program sums in the same order as without a product.
static inline int64_t glia_matmul_epilogue_rows(int64_t columns) {
  enum { ELEMENTS = 8192, LEAST = 56 };
  const int64_t tile = columns <= GLIA_TILE / 2 ? GLIA_TILE / columns : 1;
  const int64_t rows = ELEMENTS / columns > LEAST ? ELEMENTS / columns : LEAST;
  return (rows + tile - 1) / tile * tile;
}
/// Bytes for packed panels; the epilogue's scratch lies behind them.
size_t glia_matmul_pack_bytes(const glia_matmul *matmul, int64_t columns);

#endif
