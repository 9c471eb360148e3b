// Filling, gathering, scattering and random numbers. Copies are in copy.c.
#include <string.h>

#include "data.h"

// ---- Fill -------------------------------------------------------------------------------------------------------

static void fill_elements(void *dst, int64_t count, int32_t element_size, uint64_t bits) {
  switch (element_size) {
    case 1: memset(dst, (int)(uint8_t)bits, (size_t)count); break;
    case 2:
      for (int64_t i = 0; i < count; i++) ((uint16_t *)dst)[i] = (uint16_t)bits;
      break;
    case 4:
      for (int64_t i = 0; i < count; i++) ((uint32_t *)dst)[i] = (uint32_t)bits;
      break;
    default:
      for (int64_t i = 0; i < count; i++) ((uint64_t *)dst)[i] = bits;
  }
}

void glia_fill_kernel(const void *argument, glia_context *context) {
  (void)context;  // bound by memory
  const glia_fill *fill = argument;
  fill_elements(fill->dst, fill->count, fill->element_size, fill->bits);
}

// ---- Gather and scatter -----------------------------------------------------------------------------------------

static inline int64_t index_at(const void *indices, uint8_t type, int64_t i) {
  return type == GLIA_INT32 ? ((const int32_t *)indices)[i] : ((const int64_t *)indices)[i];
}

enum { GATHER_ROWS = 256 };  // of one task

static int64_t gather_pieces(const glia_gather *gather) {
  return (gather->count + GATHER_ROWS - 1) / GATHER_ROWS;
}

static void gather_rows(const glia_gather *gather, int64_t outer, int64_t first, int64_t end) {
  size_t row = (size_t)gather->inner * (size_t)gather->element_size;
  const char *src = (const char *)gather->src + (size_t)(outer * gather->size) * row;
  char *dst = (char *)gather->dst + (size_t)(outer * gather->count + first) * row;
  for (int64_t i = first; i < end; i++, dst += row) {
    int64_t index = index_at(gather->indices, gather->index_type, i);
    if (index < 0 || index >= gather->size) {
      fill_elements(dst, gather->inner, gather->element_size, gather->missing);
    } else if (row == 4) {
      memcpy(dst, src + index * 4, 4);
    } else if (row == 8) {
      memcpy(dst, src + index * 8, 8);
    } else {
      memcpy(dst, src + (size_t)index * row, row);
    }
  }
}

static void gather_piece(void *argument, int64_t task, void *scratch, void *shared) {
  (void)scratch, (void)shared;
  const glia_gather *gather = argument;
  int64_t pieces = gather_pieces(gather), first = task % pieces * GATHER_ROWS, end = first + GATHER_ROWS;
  gather_rows(gather, task / pieces, first, end < gather->count ? end : gather->count);
}

void glia_gather_kernel(const void *argument, glia_context *context) {
  const glia_gather *gather = argument;
  int64_t rows = gather->outer * gather->count;
  if (rows * gather->inner * gather->element_size >= GLIA_PARALLEL_BYTES && glia_context_threads(context) > 1) {
    glia_parallel(context, gather->outer * gather_pieces(gather), gather_piece, (void *)gather);
    return;
  }
  for (int64_t outer = 0; outer < gather->outer; outer++) gather_rows(gather, outer, 0, gather->count);
}

#define SCATTER_ADD(name, T)                                                             \
  static void name(const glia_scatter_add *scatter) {                                    \
    const T *src = scatter->src;                                                         \
    T *dst = scatter->dst;                                                               \
    int64_t inner = scatter->inner;                                                      \
    for (int64_t outer = 0; outer < scatter->outer; outer++) {                           \
      for (int64_t i = 0; i < scatter->count; i++, src += inner) {                       \
        int64_t index = index_at(scatter->indices, scatter->index_type, i);              \
        if (index < 0 || index >= scatter->size) continue;                               \
        T *row = dst + (outer * scatter->size + index) * inner;                          \
        for (int64_t j = 0; j < inner; j++) row[j] += src[j];                            \
      }                                                                                  \
    }                                                                                    \
  }
SCATTER_ADD(scatter_add_f32, float)
SCATTER_ADD(scatter_add_f64, double)
#undef SCATTER_ADD

void glia_scatter_add_kernel(const void *argument, glia_context *context) {
  (void)context;  // the sums have one order
  const glia_scatter_add *scatter = argument;
  size_t element = scatter->type == GLIA_FLOAT64 ? 8 : 4;
  memset(scatter->dst, 0, (size_t)(scatter->outer * scatter->size * scatter->inner) * element);
  if (scatter->type == GLIA_FLOAT64) {
    scatter_add_f64(scatter);
  } else {
    scatter_add_f32(scatter);
  }
}

// ---- Random numbers ---------------------------------------------------------------------------------------------

enum {
  RANDOM_LANES = 16,        // blocks worked on at once, so that the compiler makes vectors of them
  RANDOM_BLOCKS = 4096,     // of one task
  RANDOM_SERIAL = 65536,    // elements; fewer are done before a second thread has begun
};

/// The words of RANDOM_LANES blocks from `first` on: words[w][lane].
static void philox(const glia_random *random, uint64_t first, uint32_t words[4][RANDOM_LANES]) {
  uint32_t key0 = (uint32_t)random->key[0], key1 = (uint32_t)((uint64_t)random->key[0] >> 32);
  for (int i = 0; i < RANDOM_LANES; i++) {
    words[0][i] = (uint32_t)(first + (uint64_t)i);
    words[1][i] = (uint32_t)random->key[1];
    words[2][i] = (uint32_t)random->stream;
    words[3][i] = (uint32_t)(random->stream >> 32);
  }
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < RANDOM_LANES; i++) {
      uint64_t product0 = (uint64_t)words[0][i] * 0xD2511F53, product1 = (uint64_t)words[2][i] * 0xCD9E8D57;
      words[0][i] = (uint32_t)(product1 >> 32) ^ words[1][i] ^ key0;
      words[1][i] = (uint32_t)product1;
      words[2][i] = (uint32_t)(product0 >> 32) ^ words[3][i] ^ key1;
      words[3][i] = (uint32_t)product0;
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

static void random_blocks(const glia_random *random, int64_t first, int64_t end) {
  bool is_double = random->type == GLIA_FLOAT64;
  int64_t per_block = is_double ? 2 : 4;
  for (int64_t block = first; block < end; block += RANDOM_LANES) {
    uint32_t words[4][RANDOM_LANES];
    union {
      float f32[4 * RANDOM_LANES];
      double f64[2 * RANDOM_LANES];
    } out;
    philox(random, (uint64_t)block, words);
    for (int i = 0; i < RANDOM_LANES; i++) {
      for (int w = 0; w < per_block; w++) {
        if (is_double) {
          uint64_t bits = (uint64_t)words[2 * w + 1][i] << 32 | words[2 * w][i];
          out.f64[2 * i + w] = (double)(bits >> 11) * 0x1p-53;
        } else {
          out.f32[4 * i + w] = (float)(words[w][i] >> 8) * 0x1p-24f;
        }
      }
    }
    int64_t start = block * per_block, count = RANDOM_LANES * per_block;
    if (count > random->count - start) count = random->count - start;
    size_t element = is_double ? 8 : 4;
    memcpy((char *)random->dst + (size_t)start * element, &out, (size_t)count * element);
  }
}

static int64_t block_count(const glia_random *random) {
  int64_t per_block = random->type == GLIA_FLOAT64 ? 2 : 4;
  return (random->count + per_block - 1) / per_block;
}

static void random_piece(void *argument, int64_t task, void *scratch, void *shared) {
  (void)scratch, (void)shared;
  int64_t end = (task + 1) * RANDOM_BLOCKS, blocks = block_count(argument);
  random_blocks(argument, task * RANDOM_BLOCKS, end < blocks ? end : blocks);
}

void glia_random_kernel(const void *argument, glia_context *context) {
  const glia_random *random = argument;
  int64_t blocks = block_count(random);
  if (random->count > RANDOM_SERIAL && glia_context_threads(context) > 1) {
    glia_parallel(context, (blocks + RANDOM_BLOCKS - 1) / RANDOM_BLOCKS, random_piece, (void *)random);
  } else {
    random_blocks(random, 0, blocks);
  }
}
