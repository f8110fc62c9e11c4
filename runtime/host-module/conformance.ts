/**
 * Assertions for driver conformance suites. They throw, so any test runner can run them.
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
