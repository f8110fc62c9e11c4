/** Puts classes where agents expect them. @module */

/** Makes `values` globals, as the engine's own are: not listed, and an agent may replace them. */
export function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
  }
}
