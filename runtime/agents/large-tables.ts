/**
 * Tables that change and are too large to be put back between requests.
 *
 * @module
 */

// 60 ns are needed to read one, and to put it back, while the thread does nothing else.
const MAX_RESTORED_ELEMENTS = 16_384

/** Why `tables` cannot be put back, as a phrase; nothing when they can. */
export function largeTables(
  tables: readonly Pick<WebAssembly.Table, 'length'>[],
): string | undefined {
  const elements = tables.reduce((sum, { length }) => sum + length, 0)
  if (elements <= MAX_RESTORED_ELEMENTS) return undefined
  return `it changes tables of ${elements} elements, ${MAX_RESTORED_ELEMENTS} can be put back`
}
