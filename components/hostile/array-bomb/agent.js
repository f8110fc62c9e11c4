// Keeps all memory it can get. When there is no more, it catches the error and continues.
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
