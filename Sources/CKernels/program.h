// What the cutting of programs (program.c) and their running (program.inc.h) share.
#ifndef GLIA_PROGRAM_H
#define GLIA_PROGRAM_H

#include "steps.h"

enum {
  GLIA_TILE = 1024,       // scalars in a tile
  GLIA_CACHE_LINE = 64,
};

static inline size_t glia_lines(size_t bytes) { return (bytes + GLIA_CACHE_LINE - 1) & ~(size_t)(GLIA_CACHE_LINE - 1); }

static inline size_t glia_register_size(const glia_program *program) { return program->type == GLIA_FLOAT64 ? 8 : 4; }

/// By glia_type.
static inline size_t glia_type_size(uint8_t type) {
  static const uint8_t sizes[] = {4, 8, 4, 8, 1, 2, 2};
  return sizes[type];
}

/// Whether each tile must hold whole rows: something looks along them, or is stored once a row.
bool glia_program_needs_rows(const glia_program *program);

/// The head of a thread's scratch; the registers lie behind it. Arrays by register, instruction and load.
typedef struct {
  char **registers;    // where each register's scalars are at the moment
  uint16_t *straight;  // 1 + the store whose memory the instruction writes itself, or 0
  uint8_t *copied;     // whether the load may not stand in for its register
  uint8_t *uniform;    // by register: whether only its first scalar is there, which is that of all elements
  char *homes;
} glia_program_head;

static inline size_t glia_program_head_bytes(const glia_program *program) {
  return glia_lines(program->register_count * sizeof(char *) +
                    (size_t)program->instruction_count * sizeof(uint16_t) + (size_t)program->load_count +
                    program->register_count);
}

static inline glia_program_head glia_program_head_at(const glia_program *program, void *scratch) {
  glia_program_head head;
  head.registers = scratch;
  head.straight = (uint16_t *)(head.registers + program->register_count);
  head.copied = (uint8_t *)(head.straight + program->instruction_count);
  head.uniform = head.copied + program->load_count;
  head.homes = (char *)scratch + glia_program_head_bytes(program);
  return head;
}

/// The bytes of one accumulator's partial.
static inline size_t glia_partial_bytes(const glia_program *program, const glia_accumulator *accumulator) {
  if (accumulator->layout == GLIA_SCALAR) return GLIA_CACHE_LINE;
  return glia_lines((size_t)program->columns * glia_register_size(program));
}

/// The bytes of one chunk's partials, of all accumulators.
static inline size_t glia_partials_bytes(const glia_program *program) {
  size_t bytes = 0;
  for (int32_t i = 0; i < program->accumulator_count; i++) {
    bytes += glia_partial_bytes(program, &program->accumulators[i]);
  }
  return bytes;
}

#endif
