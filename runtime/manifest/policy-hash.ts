/**
 * A name for the grants and limits of a manifest, for audit and approvals. It does not depend on the spelling.
 *
 * @module
 */

import { digestOf, type Digest } from '../digest/index.ts'
import { canonical, LATER_LIMITS } from '../grants/index.ts'
import type { Manifest } from './manifest.ts'

type Policy = Pick<Manifest, 'capabilities' | 'limits' | 'features' | 'schedule' | 'consumes'>

/** Over capabilities, limits, features and what is called without a request, keys sorted. */
export function policyHash(manifest: Policy): Promise<Digest> {
  return digestOf(policyText(manifest))
}

/** The text that the hash covers, for hosts that can hash synchronously. */
export function policyText({ capabilities, limits, features, schedule, consumes }: Policy): string {
  // Manifests that older hosts approved do not have the later limits, and mean the same.
  const told = Object.entries(limits).filter(([name, most]) => LATER_LIMITS[name] !== most)
  return canonical({ capabilities, limits: Object.fromEntries(told), features, schedule, consumes })
}
