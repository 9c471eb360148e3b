// What a context is made of: for threads.c, and for kernels so short that a call to ask for it would be seen.
#ifndef GLIA_CONTEXT_H
#define GLIA_CONTEXT_H

#include "internal.h"

struct glia_context {
  int threads;
  size_t per_thread, shared;  // multiples of a cache line, so that no two threads write to the same one
  char *memory;               // shared, then one piece for each thread
};

static inline void *glia_thread_scratch(const glia_context *context, int thread) {
  return context->memory ? context->memory + context->shared + context->per_thread * (size_t)thread : NULL;
}

#endif
