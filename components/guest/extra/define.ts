/** Puts values where agents expect them. @module */

/** Makes `values` properties of `target` as the engine's own are: not listed, and an agent may replace them. */
export function define(values: object, target: object = globalThis): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true })
    // The bundler renames a class that refers to itself.
    if (typeof value === 'function') Object.defineProperty(value, 'name', { value: name })
  }
}
