// Reads its environment before any call, as libraries do that are set up by constructors.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int greeting;
static time_t started;

__attribute__((constructor)) static void start(void) {
  const char *value = getenv("GREETING");
  greeting = value ? value[0] : 0;
  started = time(NULL);
}

__attribute__((export_name("get"))) int get(void) {
  static int calls;
  FILE *file = fopen("/scratch/file", "w");
  return file && started > 0 ? greeting + calls++ : -1;
}
