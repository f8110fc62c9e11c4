import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { storedSecrets } from '../../../drivers/secrets/index.ts'
import type { ParsedArguments } from '../../verb.ts'
import { verb } from './secret.ts'

const VALUE = 'hunter22-hunter22'

let folder = ''
let data = ''
let printed = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-secret-'))
  data = join(folder, 'data')
  writeFileSync(join(folder, 'value'), `${VALUE}\r\n`)
  printed = ''
  for (const stream of ['log', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((line) => void (printed += `${line}\n`))
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

async function secret(words: string, values: ParsedArguments['values'] = {}): Promise<string> {
  printed = ''
  await verb.run({ positionals: words.split(' '), values: { data, ...values } })
  return printed
}

function set(name: string, values: ParsedArguments['values'] = {}): Promise<string> {
  return secret(`set ${name}`, { 'from-file': join(folder, 'value'), ...values })
}

function get(name: string, agent: string): unknown {
  return storedSecrets({ directory: data }).get(name, agent)
}

describe('mayfly secret set', () => {
  it('takes a file without its last line end, in a directory of this user alone', async () => {
    expect(await set('TOKEN')).toBe('Set "TOKEN" for all agents, version 1\n')
    expect(await get('TOKEN', 'shop')).toEqual({ value: VALUE })
    if (process.platform !== 'win32') expect(statSync(data).mode & 0o777).toBe(0o700)
    writeFileSync(join(folder, 'lines'), 'one\ntwo\n\n')
    await set('LINES', { 'from-file': join(folder, 'lines') })
    expect(await get('LINES', 'shop')).toEqual({ value: 'one\ntwo\n' })
  })

  it('limits a secret to an agent and hosts', async () => {
    const limits = { agent: 'shop', host: ['API.example.com', '*.b.test'] }
    expect(await set('TOKEN', limits)).toBe('Set "TOKEN" for agent "shop", version 1\n')
    const hosts = ['api.example.com', '*.b.test']
    expect(await get('TOKEN', 'shop')).toEqual({ value: VALUE, hosts })
    expect(await get('TOKEN', 'other')).toBeUndefined()
  })

  it.each([`TOKEN ${VALUE}`, `TOKEN=${VALUE}`])(
    'refuses a value in %j, and keeps it to itself',
    async (words) => {
      const error: unknown = await secret(`set ${words}`).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'ERR_USAGE',
        message: 'Cannot set secret "TOKEN": its value is an argument',
        hint: expect.stringContaining('Shell history and the list of processes show arguments'),
      })
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(VALUE)
      expect(existsSync(data)).toBe(false)
    },
  )

  it.each<[string, string, string | Uint8Array, ParsedArguments['values']]>([
    ['an empty file', 'its value is empty', '\n', {}],
    ['bytes', 'is not UTF-8', new Uint8Array([0xff]), {}],
    ['too much', 'more than 65536 bytes', 'x'.repeat(65_537), {}],
    ['a file that is not there', 'cannot be read', '', { 'from-file': '/not/there' }],
    ['no agent', 'not the name of an agent', 'x', { agent: 'a/b' }],
    ['no host', 'not a name', 'x', { host: ['https://a.test'] }],
  ])('refuses %s', async (_, message, content, values) => {
    writeFileSync(join(folder, 'value'), content)
    await expect(set('TOKEN', values)).rejects.toThrow(message)
    expect(existsSync(join(data, 'secrets.json'))).toBe(false)
  })

  it.each(['1A', 'A-B', 'A.B', '', 'x'.repeat(129)])('refuses the name %j', async (name) => {
    await expect(set(name)).rejects.toThrow('not a name')
  })
})

describe('mayfly secret list', () => {
  it('has names, agents, hosts, versions and ages, and no value', async () => {
    expect(await secret('list')).toBe(`No secrets in ${data}\n`)
    await set('TOKEN')
    await set('TOKEN')
    await set('KEY', { agent: 'shop', host: ['a.test'] })
    const lines = (await secret('list')).split('\n').map((line) => line.split(/ {2,}/))
    expect(lines).toEqual([
      ['name', 'agent', 'hosts', 'version', 'age'],
      ['KEY', 'shop', 'a.test', '1', '0 min'],
      ['TOKEN', 'all', 'all', '2', '0 min'],
      [''],
    ])
    const json = await secret('list', { json: true })
    expect(JSON.parse(json)).toMatchObject([{ name: 'KEY', agent: 'shop' }, { name: 'TOKEN' }])
    expect(json).not.toContain('box')
  })
})

describe('mayfly secret rm', () => {
  it('removes the one that is meant, and says which others there are', async () => {
    await set('TOKEN', { agent: 'shop' })
    await expect(secret('rm TOKEN')).rejects.toMatchObject({
      message: 'Cannot remove secret "TOKEN" for all agents: there is none',
      hint: 'There is one for agent "shop"',
    })
    expect(await secret('rm TOKEN', { agent: 'shop' })).toContain(
      'Removed "TOKEN" for agent "shop"',
    )
    expect(await get('TOKEN', 'shop')).toBeUndefined()
    await expect(secret('rm TOKEN VALUE')).rejects.toThrow('not a name')
  })
})

describe('mayfly secret rotate', () => {
  it('says what it did', async () => {
    await expect(secret('rotate')).rejects.toThrow('no secrets in')
    await set('TOKEN')
    const before = readFileSync(join(data, 'host.key'), 'utf8')
    expect(await secret('rotate')).toContain('1 secret is encrypted with a new host key in')
    expect(readFileSync(join(data, 'host.key'), 'utf8')).not.toBe(before)
    expect(await get('TOKEN', 'shop')).toEqual({ value: VALUE })
  })
})

it('mayfly secret needs an action', async () => {
  for (const words of ['', 'get TOKEN', 'list TOKEN', 'rotate now'])
    await expect(secret(words)).rejects.toThrow('an action is needed')
})
