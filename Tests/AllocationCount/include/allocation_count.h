// How often a thread has asked for memory. Counted where the C library lets a program stand in for malloc (glibc).
#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stdbool.h>

bool allocations_are_counted(void);
/// Of the calling thread, since it began.
long allocation_count(void);

#endif
