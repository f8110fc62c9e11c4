/** Agents as a registry hands them to their servers. @module */

import { parse } from '@bytecodealliance/jco'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { component, LOOP, TALLY } from '../../targets/node/testing/components.ts'
import type { VersionLoader } from '../admission.ts'
import type { HostedAgent } from '../agent.ts'
import { revisionOf } from '../revision/index.ts'
import { newCount } from '../lease-counts.ts'

/** @param n - agents of one name that differ in it are different versions */
export async function hostedAgent(
  loader: VersionLoader,
  name: string,
  does: 'count' | 'loop',
  n = 1,
): Promise<HostedAgent> {
  const code =
    does === 'loop' ? await component({ run: `${LOOP} unreachable` }) : await parse(TALLY)
  const bytes = new Uint8Array(code)
  const manifest = manifestFromObject({
    name,
    description: `version ${n}`,
    component: 'agent.wasm',
    capabilities: { kv: { notes: { access: 'write' } } },
  })
  const prepared = await loader.prepare({ manifest, component: bytes })
  const revision = revisionOf(manifest, bytes)
  const { capabilities: granted } = manifest
  const uses = [newCount()]
  return { manifest, granted, component: bytes, revision, disabled: false, uses, prepared }
}
