/** Whatever a manifest asks for: what is served lies within the policy. @module */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GRANT_KINDS } from '../capabilities/grants.ts'
import { LIMIT_CEILINGS, manifestFromObject, type Manifest } from '../manifest/index.ts'
import { checkManifest } from './check-manifest.ts'
import { policyFromObject } from './parse.ts'

const number = fc.integer({ min: 65_536, max: 1_000_000 })
const small = fc.integer({ min: 1, max: 20 })

const limits = fc.dictionary(
  fc.constantFrom(...Object.keys(LIMIT_CEILINGS).filter((name) => !isCount(name))),
  number,
)
const counts = fc.dictionary(fc.constantFrom('toolDepth', 'toolFanOut', 'concurrency'), small)
const store = fc.record(
  { access: fc.constant('write'), maxBytes: number, maxKeys: small },
  { requiredKeys: ['access'] },
)
const area = fc.oneof(fc.constant(true), fc.record({ maxBytes: number }))
const capabilities = fc.record(
  {
    kv: fc.dictionary(fc.constantFrom('a', 'b', 'c'), store),
    files: fc.record({ scratch: area, output: area }, { requiredKeys: [] }),
    log: fc.oneof(fc.boolean(), fc.record({ maxBytes: number })),
  },
  { requiredKeys: [] },
)
const quotas = fc.record(
  {
    kv: fc.record({ stores: small, maxBytes: number, maxKeys: small }, { requiredKeys: [] }),
    files: fc.record({ maxBytes: number }, { requiredKeys: [] }),
    log: fc.record({ maxBytes: number }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)

function isCount(name: string): boolean {
  return ['toolDepth', 'toolFanOut', 'concurrency', 'deadlineMs'].includes(name)
}

/** The numbers of a manifest that are above the ceilings. */
function above(
  manifest: Manifest,
  ceilings: Readonly<Record<string, Record<string, number>>>,
): string[] {
  const grants: Readonly<Record<string, unknown>> = { ...manifest.capabilities }
  const ofLimits = Object.entries(ceilings['limits'] ?? {}).filter(
    ([name, most]) => Number(Reflect.get(manifest.limits, name) ?? Infinity) > most,
  )
  const ofGrants = [...GRANT_KINDS].flatMap(([name, { hostSide }]) => {
    const grant = grants[name]
    return grant === undefined
      ? []
      : hostSide
          .quotasOf(grant)
          .filter(({ field, value }) => value > (ceilings[name]?.[field] ?? Infinity))
          .map(({ path }) => [name, ...path].join('.'))
  })
  return [...ofLimits.map(([name]) => name), ...ofGrants]
}

it('checkManifest() refuses or lowers each number above its ceiling, and changes no other', () => {
  fc.assert(
    fc.property(limits, counts, capabilities, limits, counts, quotas, (a, b, granted, c, d, e) => {
      const manifest = manifestFromObject({
        name: 'shop',
        limits: { ...a, ...b },
        capabilities: granted,
      })
      const policy = policyFromObject({ limits: { ...c, ...d }, quotas: e })
      const answer = checkManifest(policy, manifest)
      const ceilings = { limits: { ...c, ...d }, ...e } as Record<string, Record<string, number>>
      const left = above(answer.manifest, ceilings)
      expect(left.length).toBe(answer.refused.length)
      const asked = above(manifest, ceilings)
      expect(asked.length).toBe(answer.refused.length + answer.lowered.length)
      if (answer.lowered.length === 0) expect(answer.manifest).toEqual(manifest)
      // What is served is a manifest, and the policy has nothing more to say to it.
      expect(manifestFromObject(answer.manifest)).toEqual(answer.manifest)
      const again = checkManifest(policy, answer.manifest)
      expect(again.lowered).toEqual([])
      expect(again.refused.length).toBe(answer.refused.length)
    }),
    { numRuns: 500 },
  )
})
