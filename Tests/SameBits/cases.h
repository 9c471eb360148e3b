// Runs the kernels over numbers that are the same on every machine and prints one hash a case. `compare.sh` builds it for
// several machines, runs it under each instruction set and compares what it prints.
//
// NaN is hashed as one NaN: which sign and payload an invalid operation gives, and whose payload is passed on, is the
// processor's affair (x86 gives a negative NaN, Arm a positive one), and no result of Glia depends on it. All else is
// hashed bit for bit.
#ifndef SAME_BITS_CASES_H
#define SAME_BITS_CASES_H

#include "glia_kernels.h"

// ---- Numbers ------------------------------------------------------------------------------------------------------

/// Starts the numbers of a case: a case does not depend on those before it.
void numbers_start(uint64_t seed);
uint64_t random_bits(void);
/// 0 ..< count.
int64_t random_below(int64_t count);
int64_t random_between(int64_t low, int64_t high);
bool one_in(int64_t count);
/// Of an everyday size, in [-4, 4).
double everyday(void);

/// How many special numbers a type has: zeros, infinities, NaN, subnormals, extremes, and where formulas change.
int64_t special_count(glia_type type);
/// Sets element i of an array of float32 or float64.
void set_special(glia_type type, void *array, int64_t i, int64_t special);
/// Any bits at all, or an everyday number, or now and then a special one.
void set_wild(glia_type type, void *array, int64_t i);
/// An everyday number in memory of any type, and rarely anything that the type can hold.
void set_tame(glia_type type, void *array, int64_t i);

// ---- Memory ---------------------------------------------------------------------------------------------------------

int64_t element_size(glia_type type);
/// Memory until the next case with slack behind it, aligned to no more than the type needs, each byte 0xa5.
void *take(int64_t count, glia_type type);

// ---- Results --------------------------------------------------------------------------------------------------------

extern glia_context *context;
extern const char *const type_names[7];

/// Runs a kernel as it is or, now and then, as a plan of one call, which may take it apart.
void run_kernel(glia_kernel kernel, const void *arguments);

/// Begins a case: no memory is taken, nothing hashed.
void begin_case(void);
void hash_array(const void *array, int64_t count, glia_type type);
/// Prints the case's name and its hash.
__attribute__((format(printf, 1, 2))) void end_case(const char *name, ...);

// ---- Programs -------------------------------------------------------------------------------------------------------

enum { MOST_STREAMS = 4, MOST_CONSTANTS = 2, MOST_INSTRUCTIONS = 10 };

typedef struct {
  glia_program program;
  glia_stream loads[MOST_STREAMS], stores[MOST_STREAMS];
  glia_constant constants[MOST_CONSTANTS];
  glia_instruction instructions[MOST_INSTRUCTIONS];
  glia_accumulator accumulators[MOST_STREAMS];
} program_case;

/// A random program on random memory of every type and layout. Its first load is full; with `begins_with_own_type` it has
/// the type of the registers, as an epilogue's has.
void make_program(program_case *made, int64_t rows, int64_t columns, glia_type type, bool begins_with_own_type);
/// Hashes everything that the program stored.
void hash_program(const program_case *made);

void elementwise_cases(void);
void reduction_cases(void);
void program_cases(void);
void product_cases(void);
void data_cases(void);

#endif
