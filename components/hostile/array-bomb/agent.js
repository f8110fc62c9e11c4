// Keeps all it can get, and when there is no more, catches the error and goes on.
const kept = []

export const handler = {
  handle() {
    for (;;) {
      try {
        kept.push(new Uint8Array(1_000_000).fill(1))
      } catch {
        kept.push(kept.length)
      }
    }
  },
}
