// The numbers, the memory they lie in and its hash. Nothing is rounded here but by one conversion to float32, so that
// every machine makes the same.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

const char *const type_names[7] = {"float32", "float64", "int32", "int64", "bool", "bfloat16", "float16"};

int64_t element_size(glia_type type) {
  static const int64_t sizes[7] = {4, 8, 4, 8, 1, 2, 2};
  return sizes[type];
}

// ---- Numbers ------------------------------------------------------------------------------------------------------

static uint64_t state;

void numbers_start(uint64_t seed) { state = seed; }

uint64_t random_bits(void) {  // splitmix64
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

int64_t random_below(int64_t count) { return (int64_t)(random_bits() % (uint64_t)count); }
int64_t random_between(int64_t low, int64_t high) { return low + random_below(high - low + 1); }
bool one_in(int64_t count) { return random_below(count) == 0; }

double everyday(void) {
  // Of 53 bits, so that sums are rounded in float64 too and their order shows.
  double value = (double)(random_bits() >> 11) * 0x1p-50 - 4;
  return one_in(8) ? (double)(int64_t)value : value;
}

// Plans take subnormal numbers for zeros. Where that is decided after rounding here and before it there, a result between the
// least normal number and half a unit below it differs: no special number leads there in one step.
static const uint32_t special_f32[] = {
    0x00000000, 0x00000001, 0x00000fff, 0x007fffff, 0x00c00000, 0x01000001, 0x33000000, 0x33800000, 0x34000000,
    0x3dcccccd, 0x3e800000, 0x3f000000, 0x3f3504f3, 0x3f3504f4, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fb504f3,
    0x3fc00000, 0x3fc90fdb, 0x40000000, 0x40200000, 0x40400000, 0x40490fdb, 0x40800000, 0x40b00000, 0x41100000,
    0x41a00000, 0x42ae999a, 0x42b00000, 0x42b16666, 0x42b20000, 0x42cfcccd, 0x42d20000, 0x44317333, 0x447a0000,
    0x4a800001, 0x4b000001, 0x4afffffd, 0x4b800001, 0x4e6e6b28, 0x53800000, 0x53800001, 0x5f000000, 0x71c9f2ca,
    0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7fc00000,
};
static const uint64_t special_f64[] = {
    0x0000000000000000, 0x0000000000000001, 0x0000000000ffffff, 0x000fffffffffffff, 0x0018000000000000,
    0x0020000000000001, 0x3690000000000000, 0x36a0000000000000, 0x380fffffe0000000, 0x3810000000000000,
    0x3c90000000000000, 0x3ca0000000000000, 0x3cb0000000000000, 0x3fb999999999999a, 0x3fd0000000000000,
    0x3fe0000000000000, 0x3fe6a09e667f3bcd, 0x3fefffffffffffff, 0x3ff0000000000000, 0x3ff0000000000001,
    0x3ff6a09e667f3bcd, 0x3ff8000000000000, 0x3ff921fb54442d18, 0x4000000000000000, 0x4004000000000000,
    0x4008000000000000, 0x400921fb54442d18, 0x4010000000000000, 0x4016000000000000, 0x4022000000000000,
    0x4034000000000000, 0x4056333333333333, 0x4086233333333333, 0x40862d9999999999, 0x4086300000000000,
    0x40874910d52d3051, 0x4087499999999999, 0x408f400000000000, 0x41dfffffffc00000, 0x41e0000000000000,
    0x4270000000000000, 0x4270000000000001, 0x4315532100000001, 0x4330000000000001, 0x433fffffffffffff,
    0x43dfffffffffffff, 0x43e0000000000000, 0x46293e5939a08cea, 0x47efffffe0000000, 0x47efffffefffffff,
    0x47effffff0000000, 0x47f0000000000000, 0x7fd0000000000000, 0x7fe0000000000000, 0x7fefffffffffffff,
    0x7ff0000000000000, 0x7ff8000000000000,
};
enum {
  SPECIAL_F32 = sizeof special_f32 / sizeof special_f32[0],
  SPECIAL_F64 = sizeof special_f64 / sizeof special_f64[0],
};

int64_t special_count(glia_type type) { return 2 * (type == GLIA_FLOAT64 ? SPECIAL_F64 : SPECIAL_F32); }

static void set_bits(glia_type type, void *array, int64_t i, uint64_t bits) {
  // Little-endian machines alone, as every one is that the kernels know.
  memcpy((char *)array + i * element_size(type), &bits, (size_t)element_size(type));
}

static void set_float(glia_type type, void *array, int64_t i, double value) {
  float narrow = (float)value;
  uint64_t bits = 0;
  if (type == GLIA_FLOAT64) {
    memcpy(&bits, &value, 8);
  } else {
    memcpy(&bits, &narrow, 4);
  }
  set_bits(type, array, i, bits);
}

void set_special(glia_type type, void *array, int64_t i, int64_t special) {
  if (type == GLIA_FLOAT64) {
    set_bits(type, array, i, special_f64[special / 2] | (uint64_t)(special & 1) << 63);
  } else {
    set_bits(type, array, i, special_f32[special / 2] | (uint64_t)(special & 1) << 31);
  }
}

void set_wild(glia_type type, void *array, int64_t i) {
  switch (random_below(8)) {
    case 0: set_special(type, array, i, random_below(special_count(type))); break;
    case 1: case 2: case 3: set_bits(type, array, i, random_bits()); break;
    default: set_float(type, array, i, everyday() * (double)random_between(1, 64));
  }
}

void set_tame(glia_type type, void *array, int64_t i) {
  bool anything = one_in(60);
  uint64_t bits = random_bits();
  switch (type) {
    case GLIA_BOOL: set_bits(type, array, i, bits & 1); break;
    case GLIA_INT32: case GLIA_INT64: set_bits(type, array, i, anything ? bits : (uint64_t)random_between(-9, 9)); break;
    case GLIA_BFLOAT16:  // 2^-8 to 2^3
      set_bits(type, array, i, anything ? bits : (bits & 0x807f) | (uint64_t)random_between(119, 129) << 7);
      break;
    case GLIA_FLOAT16:
      set_bits(type, array, i, anything ? bits : (bits & 0x83ff) | (uint64_t)random_between(7, 17) << 10);
      break;
    default:
      if (anything) {
        set_special(type, array, i, random_below(special_count(type)));
      } else {
        set_float(type, array, i, everyday());
      }
  }
}

// ---- Memory and its hash -----------------------------------------------------------------------------------------

static uint64_t hash;
static struct {
  char *start;
  int64_t taken, size;
} memory = {.size = (int64_t)1 << 26};

void begin_case(void) {
  if (!memory.start) memory.start = malloc((size_t)memory.size);
  memory.taken = 0;
  hash = 0xcbf29ce484222325;
}

void *take(int64_t count, glia_type type) {
  int64_t size = element_size(type), bytes = count * size, start = (memory.taken + 63) / 64 * 64;
  start += random_below(2) * size;
  if (!memory.start || start + bytes + GLIA_SLACK > memory.size) {
    fprintf(stderr, "A case needs more memory than there is.\n");
    exit(2);
  }
  memory.taken = start + bytes + GLIA_SLACK;
  return memset(memory.start + start, 0xa5, (size_t)bytes);
}

/// `infinity` is the bits of the type's +∞, below which all magnitudes lie that are numbers.
static uint64_t with_one_nan(uint64_t bits, uint64_t infinity, int64_t size) {
  uint64_t sign = (uint64_t)1 << (8 * size - 1);
  return (bits & ~sign) > infinity ? infinity + 1 : bits;
}

void hash_array(const void *array, int64_t count, glia_type type) {
  static const uint64_t infinities[7] = {0x7f800000, 0x7ff0000000000000, 0, 0, 0, 0x7f80, 0x7c00};
  int64_t size = element_size(type);
  for (int64_t i = 0; i < count; i++) {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)array + i * size, (size_t)size);
    if (infinities[type]) bits = with_one_nan(bits, infinities[type], size);
    for (int64_t byte = 0; byte < size; byte++) {  // FNV-1a
      hash = (hash ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3;
    }
  }
}

void end_case(const char *name, ...) {
  va_list values;
  va_start(values, name);
  vprintf(name, values);
  va_end(values);
  printf(" %016llx\n", (unsigned long long)hash);
}
