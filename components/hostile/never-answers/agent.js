// Waits for a promise that nobody resolves.
export const handler = {
  handle: () => new Promise(() => {}),
}
