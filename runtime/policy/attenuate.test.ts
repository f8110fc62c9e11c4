import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { attenuateCapabilities, parseAttenuation } from './attenuate.ts'

const { capabilities } = manifestFromObject({
  name: 'shop',
  capabilities: {
    http: [
      { host: 'a.test', methods: ['GET', 'POST'], paths: ['/v1/*', '/x'], maxUses: 5 },
      { host: 'b.test' },
      { host: 'c.test', paths: ['/v1/**'], upgrade: true },
    ],
    files: { input: true, output: true },
    kv: { notes: { access: 'write', expires: '2030-01-01T00:00:00Z' }, seen: { access: 'read' } },
  },
})
const NOW = Date.UTC(2027, 0, 1)

function narrowed(narrow: Readonly<Record<string, object>>) {
  return attenuateCapabilities(capabilities, parseAttenuation({ narrow }), NOW)
}

describe('attenuateCapabilities()', () => {
  it('ends what is revoked and leaves the rest in its place', () => {
    const left = attenuateCapabilities(capabilities, parseAttenuation({ revoke: ['http[0]'] }), NOW)
    expect(left.http?.map(({ host, expires }) => [host, expires])).toEqual([
      ['a.test', '2027-01-01T00:00:00.000Z'],
      ['b.test', undefined],
      ['c.test', undefined],
    ])
    expect(left.kv).toEqual(capabilities.kv)
    // The remaining grants form a valid manifest.
    expect(manifestFromObject({ name: 'shop', capabilities: left }).capabilities).toEqual(left)
  })

  it('takes away areas of files that are revoked', () => {
    const left = attenuateCapabilities(
      capabilities,
      parseAttenuation({ revoke: ['files.output'] }),
      NOW,
    )
    expect(left.files).toEqual({ input: true })
    expect(manifestFromObject({ name: 'shop', capabilities: left }).capabilities).toEqual(left)
  })

  it.each([
    ['kv.notes', { access: 'read' }],
    ['kv.notes', { access: 'write', expires: '2029-12-31T00:00:00Z', maxUses: 1 }],
    ['http[0]', { methods: ['POST'], maxUses: 5 }],
    ['http[0]', { paths: ['/v1/prices', '/v1/a/*', '/x'] }],
    ['http[1]', { paths: ['/only'], expires: '2030-01-01T00:00:00Z' }],
    ['http[2]', { upgrade: false }],
  ])('takes %s with %j, which is less', (name, fields) => {
    const left = narrowed({ [name]: fields })
    const grant = name.startsWith('kv.') ? left.kv?.[name.slice(3)] : left.http?.[Number(name[5])]
    expect(grant).toMatchObject(fields)
  })

  it.each([
    ['kv.seen', { access: 'write' }],
    ['kv.notes', { access: 'all' }],
    ['kv.notes', { expires: '2030-01-02T00:00:00Z' }],
    ['kv.notes', { expires: 'never' }],
    ['http[0]', { maxUses: 6 }],
    ['http[0]', { maxUses: 0 }],
    ['http[0]', { methods: ['GET', 'DELETE'] }],
    ['http[0]', { methods: [] }],
    ['http[0]', { paths: ['/v2/*'] }],
    ['http[0]', { paths: ['/*'] }],
    ['http[0]', { paths: ['/x*'] }],
    // Only the star at the end stands for more than itself.
    ['http[2]', { paths: ['/v1/*'] }],
    ['http[1]', { upgrade: true }],
    ['http[2]', { upgrade: 'yes' }],
  ])('refuses %s with %j, which is more', (name, fields) => {
    expect(() => narrowed({ [name]: fields })).toThrow('not less than granted')
  })

  it.each([
    ['kv.other', {}],
    ['http[3]', {}],
    ['files.scratch', {}],
    ['files.output', { maxBytes: 1 }],
    ['log', {}],
    ['http[0]', { host: 'evil.test' }],
    ['http[0]', { headers: {} }],
    ['kv.notes', { constructor: 1 }],
  ])('refuses %s with %j, which is nothing to narrow', (name, fields) => {
    expect(() => narrowed({ [name]: fields })).toThrow('Cannot narrow')
  })
})

describe('parseAttenuation()', () => {
  it.each([null, [], 'x', { grant: [] }, { revoke: 'kv.notes' }, { narrow: { a: 1 } }])(
    'refuses %j',
    (value) => {
      expect(() => parseAttenuation(value)).toThrow('Cannot narrow grants')
    },
  )
})
