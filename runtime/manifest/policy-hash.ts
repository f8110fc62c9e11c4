/**
 * A name for what a manifest grants and bounds, whatever its spelling: for audit and approvals.
 *
 * @module
 */

import { canonical } from '../grants/index.ts'
import type { Manifest } from './manifest.ts'

type Policy = Pick<Manifest, 'capabilities' | 'limits' | 'features'>

/** `sha256:…` over capabilities, limits and features, keys sorted. */
export async function policyHash(manifest: Policy): Promise<string> {
  const text = new TextEncoder().encode(policyText(manifest))
  const hash = await crypto.subtle.digest('SHA-256', text)
  return `sha256:${new Uint8Array(hash).toHex()}`
}

/** What the hash is over, for hosts that can hash at once. */
export function policyText({ capabilities, limits, features }: Policy): string {
  return canonical({ capabilities, limits, features })
}
