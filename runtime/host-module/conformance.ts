/**
 * What conformance suites of drivers check with: it throws, so that it works under any test library.
 *
 * @module
 */

export function same(actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected)) return
  throw new Error(`Expected ${String(expected)}, got ${String(actual)}`)
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}
