// Numbers below the least normal one (1.2e-38 for float32) are zeros while a plan runs, read and written.
//
// Many processors take a hundred cycles and more for an operation on such a number, and training makes them all the time:
// the moments of a unit that is no longer reached halve and halve, and come to rest on the least of them.
//
// A result within half a unit of the last place below the least normal number is that number on x86-64, which looks after
// rounding, and zero on 64-bit Arm, which looks before.
#ifndef GLIA_SUBNORMALS_H
#define GLIA_SUBNORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

typedef uint32_t glia_float_mode;
enum { GLIA_FLUSHES = 0x8040 };  // the results to zero, and the operands
static inline glia_float_mode glia_float_mode_get(void) { return _mm_getcsr(); }
static inline void glia_float_mode_set(glia_float_mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
typedef uint64_t glia_float_mode;
enum { GLIA_FLUSHES = 1 << 24 };
static inline glia_float_mode glia_float_mode_get(void) {
  glia_float_mode mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static inline void glia_float_mode_set(glia_float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
#error "How does this processor take subnormal numbers for zeros?"
#endif

/// From here on, on this thread. Gives what `restore_subnormals` wants.
static inline glia_float_mode flush_subnormals(void) {
  const glia_float_mode before = glia_float_mode_get();
  if ((before & GLIA_FLUSHES) != GLIA_FLUSHES) glia_float_mode_set(before | GLIA_FLUSHES);
  return before;
}
static inline void restore_subnormals(glia_float_mode before) {
  if ((before & GLIA_FLUSHES) != GLIA_FLUSHES) glia_float_mode_set(before);
}

#endif
