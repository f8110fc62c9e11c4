// Swallows whatever ends a loop, in JavaScript.
export const handler = {
  handle() {
    for (;;)
      try {
        for (;;);
      } finally {
        continue
      }
  },
}
