/**
 * A name for what a manifest grants and bounds, whatever its spelling: for audit and approvals.
 *
 * @module
 */

import { digestOf, type Digest } from '../digest/index.ts'
import { canonical } from '../grants/index.ts'
import type { Manifest } from './manifest.ts'

type Policy = Pick<Manifest, 'capabilities' | 'limits' | 'features'>

/** Over capabilities, limits and features, keys sorted. */
export function policyHash(manifest: Policy): Promise<Digest> {
  return digestOf(policyText(manifest))
}

/** What the hash is over, for hosts that can hash at once. */
export function policyText({ capabilities, limits, features }: Policy): string {
  return canonical({ capabilities, limits, features })
}
