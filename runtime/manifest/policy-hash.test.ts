import { describe, expect, it } from 'vitest'
import { LATER_LIMITS } from '../grants/index.ts'
import { manifestFromObject } from './index.ts'
import { policyHash } from './policy-hash.ts'

describe('policyHash()', () => {
  it('is the same for the same grants, however they are written', async () => {
    const one = manifestFromObject({
      name: 'a',
      capabilities: { log: true, kv: { notes: { access: 'read', maxKeys: 5 } } },
    })
    const other = manifestFromObject({
      name: 'b',
      description: 'of another name',
      capabilities: { kv: { notes: { maxKeys: 5, access: 'read' } } },
    })
    expect(await policyHash(one)).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(await policyHash(one)).toBe(await policyHash(other))
  })

  it('is that of an older host for a manifest without the limits that it did not know', async () => {
    const manifest = manifestFromObject({ name: 'a' })
    const limits = Object.fromEntries(
      Object.entries(manifest.limits).filter(([name]) => !Object.hasOwn(LATER_LIMITS, name)),
    ) as unknown as typeof manifest.limits
    const older = { ...manifest, limits }
    expect(await policyHash(manifest)).toBe(await policyHash(older))
  })

  it('differs with every grant, limit and feature', async () => {
    const manifests = [
      {},
      { capabilities: { kv: { notes: { access: 'read' } } } },
      { capabilities: { kv: { notes: { access: 'write' } } } },
      { limits: { deadlineMs: 1 } },
      { limits: { connectionMs: 1 } },
      { limits: { cryptoOperations: 1 } },
      { features: ['gc'] },
    ]
    const hashes = await Promise.all(
      manifests.map((fields) => policyHash(manifestFromObject({ name: 'a', ...fields }))),
    )
    expect(new Set(hashes).size).toBe(manifests.length)
  })
})
