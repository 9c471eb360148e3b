// What the files that move data share.
#ifndef GLIA_DATA_H
#define GLIA_DATA_H

#include "internal.h"

enum { GLIA_PARALLEL_BYTES = 1 << 20 };  // moving fewer is done before a second thread has begun

#endif
