#include "allocation_count.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__GLIBC__)

// What glibc's own malloc is called by, also where a program defines another.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local long count;

void *malloc(size_t size) {
  count++;
  return __libc_malloc(size);
}
void *calloc(size_t elements, size_t size) {
  count++;
  return __libc_calloc(elements, size);
}
void *realloc(void *memory, size_t size) {
  count++;
  return __libc_realloc(memory, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  count++;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  count++;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

bool allocations_are_counted(void) { return true; }
long allocation_count(void) { return count; }

#else

bool allocations_are_counted(void) { return false; }
long allocation_count(void) { return 0; }

#endif
