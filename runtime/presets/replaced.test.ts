/** A capability that replaces a standard one replaces it in every interface. */
import { describe, expect, it } from 'vitest'
import { http } from '../capabilities/http/index.ts'
import { kv, memoryKv } from '../capabilities/kv/index.ts'
import type { HostModule } from '../host-module/index.ts'
import { standardCapabilities, withWasi } from './standard.ts'

const driver = { name: 'other', fetch: () => Promise.reject(new Error('not called')) }

const replacements: readonly HostModule[] = [http(driver), kv(memoryKv())]

describe('a capability in place of a standard one', () => {
  it.each(replacements.map((each) => [each.name, each] as const))(
    '%s provides all that it did',
    (name, replacement) => {
      const standard = standardCapabilities().filter((each) => each.name === name)
      expect(standard).toHaveLength(1)
      expect(withWasi(replacement).interfaces).toEqual(standard[0]?.interfaces)
    },
  )

  it('keeps its own interfaces of WASI, and a stranger has none added', () => {
    const [own] = standardCapabilities().filter(({ name }) => name === 'kv')
    if (own === undefined) throw new Error('kv is standard')
    expect(withWasi(own)).toBe(own)
    const stranger = { ...own, name: 'queue', interfaces: ['mayfly:agent/queue'] }
    expect(withWasi(stranger)).toBe(stranger)
  })
})
