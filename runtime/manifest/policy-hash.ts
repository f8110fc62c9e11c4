/**
 * A name for what a manifest grants and bounds, whatever its spelling: for audit and approvals.
 *
 * @module
 */

import type { Manifest } from './manifest.ts'

/** `sha256:…` over capabilities and limits, keys sorted. */
export async function policyHash({
  capabilities,
  limits,
}: Pick<Manifest, 'capabilities' | 'limits'>): Promise<string> {
  const text = new TextEncoder().encode(canonical({ capabilities, limits }))
  const hash = await crypto.subtle.digest('SHA-256', text)
  return `sha256:${new Uint8Array(hash).toHex()}`
}

/** JSON with the keys of every object sorted. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field
    return Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
