// Waits for a promise that is never resolved.
export const handler = {
  handle: () => new Promise(() => {}),
}
