// Never computes for long, and never ends: each promise makes the next.
export const handler = {
  async handle() {
    const again = () => Promise.resolve().then(again)
    await again()
  },
}
