import { describe, expect, it } from 'vitest'
import { manifestFromObject, type Capabilities } from '../manifest/index.ts'
import { carriedUses } from './carried-uses.ts'

function grants(capabilities: object): Capabilities {
  return manifestFromObject({ name: 'a', capabilities }).capabilities
}

const A = { host: 'a.test', paths: ['/x', '/y'] }
const B = { host: 'b.test', maxUses: 4 }

function carried(before: object[], after: object[], uses: number[] = []) {
  return carriedUses(grants({ http: before }), grants({ http: after }), uses)
}

describe('carriedUses()', () => {
  it('goes by the meaning of a rule, not by its place or its lease', () => {
    expect(carried([A, B], [B, A])).toEqual([1, 0])
    expect(carried([A, B], [{ ...B, maxUses: 9, expires: '2099-01-01T00:00:00Z' }])).toEqual([1])
  })

  it('shares one count among the rules that a rule was split into', () => {
    const split = A.paths.map((path) => ({ ...A, paths: [path] }))
    expect(carried([B, A], split)).toEqual([1, 1])
  })

  it('takes the most used of the rules that a rule reaches into', () => {
    expect(carried([A, B], [{ ...A, host: '*.test', methods: ['GET'] }], [1, 3])).toEqual([1])
  })

  it('shares the count of a rule with its copies', () => {
    expect(carried([A], [A, A])).toEqual([0, 0])
    expect(carried([A, A], [A, A])).toEqual([0, 1])
  })

  it('begins anew for what no rule reached', () => {
    expect(carried([A], [B])).toEqual([undefined])
  })

  it('keeps the count of a store that is only read now, or has another quota', () => {
    const kv = (notes: object): Capabilities => grants({ kv: { notes } })
    const before = kv({ access: 'write', maxUses: 2 })
    expect(carriedUses(before, kv({ access: 'read', maxUses: 2 }), [2])).toEqual([0])
    expect(carriedUses(before, kv({ access: 'write', maxUses: 2, maxKeys: 1 }), [2])).toEqual([0])
  })
})
