#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

glia_context *context;

void run_kernel(glia_kernel kernel, const void *arguments) {
  if (one_in(2)) {
    kernel(arguments, context);
    return;
  }
  glia_call call = {kernel, arguments};
  glia_plan *plan = glia_plan_create(&call, 1, context);
  glia_plan_run(plan);
  glia_plan_destroy(plan);
}

static int print_instruction_sets(void) {
  static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
  for (int i = 0; i < 4; i++) {
    if (glia_use_instruction_set(names[i])) printf("%s\n", names[i]);
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--list") == 0) return print_instruction_sets();
  int threads = count == 3 ? atoi(arguments[2]) : 0;
  if (threads < 1) {
    fprintf(stderr, "usage: same-bits INSTRUCTION-SET THREADS | --list\n");
    return 2;
  }
  if (!glia_use_instruction_set(arguments[1])) {
    fprintf(stderr, "This processor has no %s; --list says what it has.\n", arguments[1]);
    return 2;
  }
  context = glia_context_create(threads);
  glia_flush_subnormals();  // as plans do
  elementwise_cases();
  reduction_cases();
  program_cases();
  product_cases();
  data_cases();
  glia_context_destroy(context);
  return 0;
}
