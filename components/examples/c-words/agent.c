// Counts the lines, words and bytes of a text: standard input in, one line of JSON out. Any C program that reads
// stdin and writes stdout is an agent; the request's body is its input, what it writes is the response.
#include <ctype.h>
#include <stdio.h>

int main(void) {
  unsigned long lines = 0, words = 0, bytes = 0;
  int inside = 0;
  for (int c; (c = getchar()) != EOF; bytes++) {
    if (c == '\n') lines++;
    if (isspace(c)) inside = 0;
    else if (!inside) inside = 1, words++;
  }
  if (ferror(stdin)) {
    fprintf(stderr, "cannot read standard input\n");
    return 1;
  }
  printf("{\"lines\":%lu,\"words\":%lu,\"bytes\":%lu}\n", lines, words, bytes);
  return 0;
}
