import { describe, expect, it } from 'vitest'
import { GroupNames } from './group-names.ts'

const named = (name: string, tenant?: string) => ({
  manifest: { name },
  ...(tenant === undefined ? {} : { deployedBy: { tenant } }),
})

describe('the group of an agent', () => {
  const names = new GroupNames({
    local: ['one', 'two', 'listed'],
    tenantOf: (agent) => (agent === 'listed' || agent === 'both' ? 'team-a' : undefined),
  })

  it('is shared by those of the operator', () => {
    expect([names.of('one'), names.of('two')]).toEqual(['local', 'local'])
  })

  it('is that of its tenant, which the policy names before a token does', () => {
    names.note([named('labelled', 'team-b'), named('both', 'team-b')])
    expect(['listed', 'both', 'labelled'].map((name) => names.of(name))).toEqual([
      'tenant team-a',
      'tenant team-a',
      'tenant team-b',
    ])
  })

  it('is its own for every other, whatever it is called', () => {
    expect(['local', 'team-a'].map((name) => names.of(name))).toEqual([
      'agent local',
      'agent team-a',
    ])
  })

  it('is no longer that of a token which did not bring its latest version', () => {
    names.note([named('moved', 'team-b')])
    names.note([named('moved')])
    expect(names.of('moved')).toBe('agent moved')
  })
})
