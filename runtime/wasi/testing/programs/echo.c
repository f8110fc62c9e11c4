// What a program sees of its host: arguments, environment, standard streams, time, and how it ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("arg %s\n", argv[i]);
  for (char **each = environ; *each; each++) printf("env %s\n", *each);
  char line[4096];
  size_t length;
  while ((length = fread(line, 1, sizeof line, stdin)) > 0) fwrite(line, 1, length, stdout);
  fputs("noted\n", stderr);
  const char *how = argc > 1 ? argv[1] : "return";
  if (!strcmp(how, "sleep")) nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
  if (!strcmp(how, "exit")) exit(3);
  if (!strcmp(how, "fail")) return 3;
  if (!strcmp(how, "abort")) abort();
  return 0;
}
