/* The twin of words.as.ts: counts words. */
#include <stddef.h>
#include <stdlib.h>

/* The canonical ABI's `realloc`. */
__attribute__((export_name("cabi_realloc"))) void *
allocate(void *old, size_t old_size, size_t align, size_t size) {
  return realloc(old, size);
}

__attribute__((export_name("count"))) unsigned
count_words(const unsigned char *text, size_t length) {
  unsigned words = 0;
  int inside = 0;
  for (size_t i = 0; i < length; i++) {
    int is_space = text[i] <= 0x20;
    if (!is_space && !inside) words++;
    inside = !is_space;
  }
  return words;
}
