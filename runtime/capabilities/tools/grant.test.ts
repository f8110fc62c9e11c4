/** Functions that a grant names: others cannot be called, and only the manifest adds one. @module */
import { expect, it } from 'vitest'
import { manifestFromObject } from '../../manifest/index.ts'
import { attenuateCapabilities, capabilityDiff } from '../../policy/index.ts'

function granted(functions?: readonly string[]) {
  const tools = { math: functions === undefined ? {} : { functions } }
  return manifestFromObject({ name: 'caller', capabilities: { tools } })
}

const narrowed = (functions: unknown) =>
  attenuateCapabilities(granted(['add', 'half']).capabilities, {
    revoke: [],
    narrow: { 'tools.math': { functions } },
  })

it('toolsGrant lets functions be taken away, and not be added', () => {
  expect(narrowed(['half']).tools).toMatchObject({ math: { functions: ['half'] } })
  expect(() => narrowed(['half', 'other'])).toThrow()
  expect(() => narrowed('half')).toThrow()
})

it('toolsGrant has a power for functions', () => {
  const [before, after] = [granted(), granted(['add'])].map((each) => ({ ...each, imports: [] }))
  if (before === undefined || after === undefined) throw new TypeError('no manifest')
  expect(capabilityDiff(before, after).gained).toEqual(['tools math with {"functions":["add"]}'])
  expect(capabilityDiff(after, after).gained).toEqual([])
})

it('toolsGrant refuses what is no list of names', () => {
  expect(() => granted([''])).toThrow('name of a function')
})
