// Plans: calls in order, the small ones as the steps that they come to.
#include <stdlib.h>

#include "context.h"
#include "steps.h"
#include "subnormals.h"

enum {
  MOST_STEPS = 160,         // of one call; more of them gain nothing over the kernel that finds them anew
  POOL_BYTES = 16384,
};

typedef struct pool {
  struct pool *next;
} pool;

struct glia_recorder {
  glia_step *steps;
  size_t count, capacity;
  size_t begin;     // where the steps of the call at hand begin
  bool is_refused;
  pool *pools;
  char *free;       // what is left of the newest pool
  size_t left;
  const glia_pass *pass;  // the last one written down
};

struct glia_plan {
  glia_context *context;
  glia_recorder recorder;
};

static void *allocate(size_t alignment, size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, bytes)) abort();
  return memory;
}

static void append(glia_recorder *recorder, const glia_step *step) {
  if (recorder->count == recorder->capacity) {
    size_t capacity = recorder->capacity ? 2 * recorder->capacity : 64;
    glia_step *steps = allocate(sizeof *steps, capacity * sizeof *steps);
    if (recorder->count) memcpy(steps, recorder->steps, recorder->count * sizeof *steps);
    free(recorder->steps);
    recorder->steps = steps;
    recorder->capacity = capacity;
  }
  recorder->steps[recorder->count++] = *step;
}

void glia_record(glia_recorder *recorder, const glia_step *step) {
  if (recorder->is_refused) return;
  if (recorder->count - recorder->begin == MOST_STEPS) {
    recorder->is_refused = true;
  } else {
    append(recorder, step);
  }
}

void glia_record_refuse(glia_recorder *recorder) { recorder->is_refused = true; }

void *glia_record_memory(glia_recorder *recorder, size_t bytes) {
  enum { LINE = sizeof(glia_step) };
  bytes = (bytes + LINE - 1) / LINE * LINE;
  if (bytes > recorder->left) {
    size_t size = bytes > POOL_BYTES ? bytes : POOL_BYTES;
    pool *new = allocate(LINE, LINE + size);
    new->next = recorder->pools;
    recorder->pools = new;
    recorder->free = (char *)new + LINE;
    recorder->left = size;
  }
  void *memory = recorder->free;
  recorder->free += bytes;
  recorder->left -= bytes;
  return memory;
}

const glia_pass *glia_record_pass(glia_recorder *recorder, const glia_pass *pass) {
  const glia_pass *last = recorder->pass;
  if (last && last->a_row == pass->a_row && last->a_step == pass->a_step && last->b_step == pass->b_step &&
      last->c_row == pass->c_row && last->depth == pass->depth && last->start_row == pass->start_row) {
    return last;
  }
  recorder->pass = memcpy(glia_record_memory(recorder, sizeof *pass), pass, sizeof *pass);
  return recorder->pass;
}

static void prepare(const glia_call *call, glia_context *context, glia_recorder *recorder) {
  recorder->begin = recorder->count;
  recorder->is_refused = false;
  if (call->kernel == glia_program_kernel) {
    glia_program_record(call->arguments, context, recorder);
  } else if (call->kernel == glia_matmul_kernel) {
    glia_matmul_record(call->arguments, context, recorder);
  } else {
    recorder->is_refused = true;
  }
  if (!recorder->is_refused) return;
  recorder->count = recorder->begin;
  append(recorder, &(glia_step){.kind = GLIA_STEP_KERNEL, .call.kernel = call->kernel, .a = call->arguments});
}

glia_plan *glia_plan_create(const glia_call *calls, size_t count, glia_context *context) {
  glia_plan *plan = calloc(1, sizeof *plan);
  if (!plan) abort();
  plan->context = context;
  for (size_t i = 0; i < count; i++) prepare(&calls[i], context, &plan->recorder);
  return plan;
}

void glia_plan_destroy(glia_plan *plan) {
  if (!plan) return;
  for (pool *at = plan->recorder.pools, *next; at; at = next) {
    next = at->next;
    free(at);
  }
  free(plan->recorder.steps);
  free(plan);
}

void glia_plan_run(const glia_plan *plan) {
  const glia_float_mode before = flush_subnormals();
  const glia_step *step = plan->recorder.steps, *end = step + plan->recorder.count;
  for (; step != end; step++) glia_step_run(step, plan->context);
  restore_subnormals(before);
}

uint64_t glia_flush_subnormals(void) { return flush_subnormals(); }

void glia_restore_subnormals(uint64_t before) { restore_subnormals((glia_float_mode)before); }
