// Swallows everything that could end a loop, in JavaScript.
export const handler = {
  handle() {
    for (;;)
      try {
        for (;;);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is the attack
        continue
      }
  },
}
