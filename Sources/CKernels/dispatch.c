// Which instruction set the process uses.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static bool always(void) { return true; }

#if defined(__x86_64__)
// These ask the operating system too: a processor may have registers that the system does not save.
static bool has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

/// The best first.
static const struct {
  const glia_table *table;
  bool (*is_available)(void);
} instruction_sets[] = {
#if defined(__x86_64__)
    {&glia_avx512_table, has_avx512},
    {&glia_avx2_table, has_avx2},
#elif defined(__aarch64__)
    {&glia_neon_table, always},
#endif
    {&glia_portable_table, always},
};

enum { INSTRUCTION_SET_COUNT = sizeof instruction_sets / sizeof instruction_sets[0] };

static _Atomic(const glia_table *) active;

static const glia_table *available_table(const char *name) {
  for (int i = 0; i < INSTRUCTION_SET_COUNT; i++) {
    const glia_table *table = instruction_sets[i].table;
    if ((!name || strcmp(name, table->name) == 0) && instruction_sets[i].is_available()) return table;
  }
  return NULL;
}

static void print_refusal(const char *name, const glia_table *instead) {
  fprintf(stderr, "GLIA_INSTRUCTION_SET=%s is not to be had here; using %s. This processor has", name, instead->name);
  const char *separator = " ";
  for (int i = 0; i < INSTRUCTION_SET_COUNT; i++) {
    if (!instruction_sets[i].is_available()) continue;
    fprintf(stderr, "%s%s", separator, instruction_sets[i].table->name);
    separator = ", ";
  }
  fprintf(stderr, ".\n");
}

static const glia_table *first_table(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  const char *name = getenv("GLIA_INSTRUCTION_SET");
  const glia_table *best = available_table(NULL), *wanted = name && *name ? available_table(name) : best;
  const glia_table *expected = NULL, *first = wanted ? wanted : best;
  // Two threads may come here at once: the first to store is heard, and only it complains.
  if (!atomic_compare_exchange_strong(&active, &expected, first)) return expected;
  if (!wanted) print_refusal(name, first);
  return first;
}

const glia_table *glia_active_table(void) {
  const glia_table *table = atomic_load_explicit(&active, memory_order_acquire);
  return table ? table : first_table();
}

const char *glia_instruction_set(void) { return glia_active_table()->name; }

bool glia_use_instruction_set(const char *name) {
  glia_active_table();  // so that a refusal of the environment's wish is still printed, and cpu features are known
  const glia_table *table = available_table(name ? name : "");
  if (table) atomic_store_explicit(&active, table, memory_order_release);
  return table != NULL;
}
