// Contexts, and the process's one pool of threads.
//
// The pool is taken by one run at a time; whoever finds it taken does all tasks alone, so several plans that run at
// once never have more threads than processors. Workers spin for some microseconds after each run, for the next call of
// the same plan usually follows at once, and then park. A worker that wakes too late finds the run closed and joins the
// next one, so a caller never waits for a thread that has not begun.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "context.h"
#include "subnormals.h"

enum {
  CACHE_LINE = 64,
  MAXIMUM_THREADS = 256,
  SPIN_NANOSECONDS = 20000,
  PAUSES_BETWEEN_CLOCKS = 16,
  PAUSES_BEFORE_YIELD = 2000,
};

// ---- Contexts -------------------------------------------------------------------------------------------------

glia_context *glia_context_create(int threads) {
  glia_context *context = calloc(1, sizeof *context);
  if (!context) abort();
  context->threads = threads < 1 ? 1 : threads > MAXIMUM_THREADS ? MAXIMUM_THREADS : threads;
  return context;
}

void glia_context_destroy(glia_context *context) {
  if (!context) return;
  free(context->memory);
  free(context);
}

int glia_context_threads(const glia_context *context) { return context->threads; }

static size_t round_to_line(size_t bytes) { return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE; }

void glia_context_reserve(glia_context *context, glia_scratch scratch) {
  size_t per_thread = round_to_line(scratch.per_thread), shared = round_to_line(scratch.shared);
  if (per_thread <= context->per_thread && shared <= context->shared) return;
  if (per_thread < context->per_thread) per_thread = context->per_thread;
  if (shared < context->shared) shared = context->shared;
  free(context->memory);
  void *memory = NULL;
  if (posix_memalign(&memory, 4096, shared + per_thread * (size_t)context->threads)) abort();
  context->memory = memory;
  context->per_thread = per_thread;
  context->shared = shared;
}

void *glia_context_scratch(glia_context *context) { return glia_thread_scratch(context, 0); }

void *glia_context_shared(glia_context *context) { return context->memory; }

// ---- The pool -------------------------------------------------------------------------------------------------

typedef struct {
  _Alignas(2 * CACHE_LINE) _Atomic uint64_t posted;  // the number of the last run this worker was asked to join
  atomic_bool parked;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int thread;  // 1 and up; 0 is whoever calls
} worker;

// The gate of the run in progress: its number, whether it is closed, and how many workers are inside.
enum { GATE_CLOSED = 1 << 15, GATE_INSIDE = GATE_CLOSED - 1, GATE_RUN_SHIFT = 16 };

static struct {
  _Alignas(2 * CACHE_LINE) atomic_flag taken;
  int workers;       // how many have been started; this and what follows belong to whoever took the pool
  bool cannot_grow;  // the system refused a thread
  uint64_t run;
  glia_context *context;
  glia_task task;
  void *argument;
  int64_t count;
  int threads;           // that may take part: the caller and the workers that are asked
  glia_float_mode mode;  // the caller's
  _Alignas(2 * CACHE_LINE) _Atomic uint64_t gate;
} pool = {.taken = ATOMIC_FLAG_INIT, .gate = GATE_CLOSED};

static worker workers[MAXIMUM_THREADS - 1];

/// The next task of each thread's share.
static struct {
  _Alignas(2 * CACHE_LINE) _Atomic int64_t next;
} shares[MAXIMUM_THREADS];

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t share_begin(int thread) { return pool.count * thread / pool.threads; }

/// A thread begins with its own share, the same part of the tasks in every run, and so meets again in its cache what it wrote
/// in the run before. Then it helps the others.
static void run_tasks(int thread) {
  void *scratch = glia_thread_scratch(pool.context, thread), *shared = pool.context->memory;
  for (int i = 0; i < pool.threads; i++) {
    const int owner = (thread + i) % pool.threads;
    const int64_t end = share_begin(owner + 1);
    int64_t index;
    while ((index = atomic_fetch_add_explicit(&shares[owner].next, 1, memory_order_relaxed)) < end) {
      pool.task(pool.argument, index, scratch, shared);
    }
  }
}

static uint64_t wait_for_run(worker *self, uint64_t last) {
  int64_t end = nanoseconds() + SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < PAUSES_BETWEEN_CLOCKS; i++) {
      uint64_t posted = atomic_load_explicit(&self->posted, memory_order_acquire);
      if (posted != last) return posted;
      pause_briefly();
    }
  } while (nanoseconds() < end);
  pthread_mutex_lock(&self->mutex);
  // The poster stores `posted` and then reads `parked`, this thread the other way round: one of them sees the other.
  atomic_store(&self->parked, true);
  uint64_t posted;
  while ((posted = atomic_load(&self->posted)) == last) pthread_cond_wait(&self->wake, &self->mutex);
  atomic_store(&self->parked, false);
  pthread_mutex_unlock(&self->mutex);
  return posted;
}

static bool enter(uint64_t run) {
  uint64_t gate = atomic_load(&pool.gate);
  while (gate >> GATE_RUN_SHIFT == run && !(gate & GATE_CLOSED)) {
    if (atomic_compare_exchange_weak(&pool.gate, &gate, gate + 1)) return true;
  }
  return false;
}

static void *work(void *argument) {
  worker *self = argument;
  uint64_t last = 0;
  for (;;) {
    last = wait_for_run(self, last);
    if (!enter(last)) continue;
    glia_float_mode_set(pool.mode);
    run_tasks(self->thread);
    atomic_fetch_sub_explicit(&pool.gate, 1, memory_order_release);
  }
  return NULL;
}

static void start_workers(int wanted) {
  // The program's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool.workers < wanted && !pool.cannot_grow) {
    worker *next = &workers[pool.workers];
    next->thread = pool.workers + 1;
    pthread_mutex_init(&next->mutex, NULL);
    pthread_cond_init(&next->wake, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, next)) {
      pool.cannot_grow = true;
    } else {
      pthread_detach(thread);
      pool.workers++;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void post(worker *to, uint64_t run) {
  atomic_store(&to->posted, run);
  if (!atomic_load(&to->parked)) return;
  pthread_mutex_lock(&to->mutex);
  pthread_cond_signal(&to->wake);
  pthread_mutex_unlock(&to->mutex);
}

static void close_gate(void) {
  uint64_t gate = atomic_fetch_or(&pool.gate, GATE_CLOSED);
  for (int pauses = 0; gate & GATE_INSIDE; pauses++) {
    if (pauses < PAUSES_BEFORE_YIELD) {
      pause_briefly();
    } else {
      sched_yield();
    }
    gate = atomic_load_explicit(&pool.gate, memory_order_acquire);
  }
  atomic_thread_fence(memory_order_acquire);
}

void glia_parallel(glia_context *context, int64_t count, glia_task task, void *argument) {
  int helpers = (int)(count < context->threads ? count : context->threads) - 1;
  if (helpers <= 0 || atomic_flag_test_and_set_explicit(&pool.taken, memory_order_acquire)) {
    void *scratch = glia_thread_scratch(context, 0);
    for (int64_t index = 0; index < count; index++) task(argument, index, scratch, context->memory);
    return;
  }
  if (pool.workers < helpers) start_workers(helpers);
  if (helpers > pool.workers) helpers = pool.workers;
  pool.context = context;
  pool.task = task;
  pool.argument = argument;
  pool.count = count;
  pool.mode = glia_float_mode_get();
  pool.threads = helpers + 1;
  for (int i = 0; i < pool.threads; i++) atomic_store_explicit(&shares[i].next, share_begin(i), memory_order_relaxed);
  uint64_t run = ++pool.run;
  atomic_store_explicit(&pool.gate, run << GATE_RUN_SHIFT, memory_order_release);
  for (int i = 0; i < helpers; i++) post(&workers[i], run);
  run_tasks(0);
  close_gate();
  atomic_flag_clear_explicit(&pool.taken, memory_order_release);
}
