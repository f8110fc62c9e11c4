/** A store of secrets, and what a thief, an editor and a crash make of its files. @module */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hostSecrets } from './host-secrets.ts'
import { makeHostKey, readHostKeys, writeHostKeys } from './host-key.ts'
import { openSecret, sealSecret, type SealedSecret } from './sealed-secret.ts'
import { SecretStore } from './secret-store.ts'
import { storedSecrets } from './stored-secrets.ts'

const VALUE = 'hunter22-hunter22'

let directory = ''
let store: SecretStore

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-store-'))
  store = new SecretStore({ directory })
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function path(name: string): string {
  return join(directory, name)
}

interface Written {
  key: string
  signature: string
  entries: SealedSecret[]
}

/** Changes the file of the store as an editor would. */
function edit(change: (file: Written) => void): void {
  const file = JSON.parse(readFileSync(path('secrets.json'), 'utf8')) as Written
  change(file)
  writeFileSync(path('secrets.json'), JSON.stringify(file))
}

describe('SecretStore', () => {
  it('gives a secret back, by its name, with its hosts', async () => {
    await store.set('TOKEN', VALUE, { hosts: ['api.example.com'] })
    await store.set('OTHER', 'üñí\0 \n')
    const again = new SecretStore({ directory })
    expect(await again.get('TOKEN', 'shop')).toEqual({ value: VALUE, hosts: ['api.example.com'] })
    expect(await again.get('OTHER', 'shop')).toEqual({ value: 'üñí\0 \n' })
    for (const name of ['NONE', 'constructor', '__proto__', ''])
      expect(await again.get(name, 'shop')).toBeUndefined()
  })

  it('gives a secret of one agent to that agent alone, before that of all', async () => {
    await store.set('TOKEN', 'of-shop', { agent: 'shop' })
    expect(await store.get('TOKEN', 'shop')).toEqual({ value: 'of-shop' })
    for (const agent of ['other', 'Shop', 'shop2', ''])
      expect(await store.get('TOKEN', agent)).toBeUndefined()
    await store.set('TOKEN', 'of-all')
    expect(await store.get('TOKEN', 'shop')).toEqual({ value: 'of-shop' })
    expect(await store.get('TOKEN', 'other')).toEqual({ value: 'of-all' })
    expect(await store.remove('TOKEN', 'other')).toBeUndefined()
    expect(await store.remove('TOKEN', 'shop')).toMatchObject({ agent: 'shop' })
    expect(await store.get('TOKEN', 'shop')).toEqual({ value: 'of-all' })
  })

  it('counts versions by name and agent, and lists no values', async () => {
    await store.set('B', VALUE)
    await store.set('B', VALUE)
    await store.set('A', VALUE, { agent: 'shop' })
    const listed = await store.list()
    expect(listed.map(({ name, agent, version }) => [name, agent, version])).toEqual([
      ['A', 'shop', 1],
      ['B', undefined, 2],
    ])
    expect(Object.keys(listed[0] ?? {})).toEqual(['name', 'agent', 'version', 'setAt'])
    expect(await store.remove('C')).toBeUndefined()
    expect(await store.remove('B')).toMatchObject({ name: 'B', version: 2 })
    expect(await store.get('B', 'shop')).toBeUndefined()
  })

  it('has nothing, and makes nothing, before the first secret', async () => {
    expect([await store.get('A', 'shop'), await store.list()]).toEqual([undefined, []])
    expect(await store.remove('A')).toBeUndefined()
    await expect(store.rotate()).rejects.toThrow('no secrets in')
    expect(readdirSync(directory)).toEqual([])
  })

  it('keeps its files for this user', async () => {
    await store.set('A', VALUE)
    await store.rotate()
    const files = readdirSync(directory).toSorted()
    expect(files).toEqual(['host.key', 'secrets.json', 'secrets.lock'])
    if (process.platform === 'win32') return
    for (const file of files) expect(statSync(path(file)).mode & 0o777).toBe(0o600)
    chmodSync(path('host.key'), 0o644)
    await expect(store.get('A', 'shop')).rejects.toThrow('mode 644 lets others read it')
  })
})

describe('a stolen store', () => {
  it('is noise, and does not tell short values apart', async () => {
    const nonces = new Set<string>()
    for (const [name, value] of [
      ['A', VALUE],
      ['B', VALUE],
      ['C', 'x'],
    ] as const)
      await store.set(name, value)
    const text = readFileSync(path('secrets.json'), 'utf8')
    for (const form of [VALUE, Buffer.from(VALUE).toString('base64').slice(0, 20)])
      expect(text).not.toContain(form)
    const { entries } = JSON.parse(text) as Written
    for (const { nonce } of entries) nonces.add(nonce)
    expect(nonces.size).toBe(3)
    expect(new Set(entries.map(({ box }) => box)).size).toBe(3)
    expect(new Set(entries.map(({ box }) => box.length)).size).toBe(1)
  })

  it('opens with its key, and with no other', async () => {
    await store.set('A', VALUE)
    const other = mkdtempSync(join(tmpdir(), 'mayfly-store-'))
    try {
      copyFileSync(path('secrets.json'), join(other, 'secrets.json'))
      const stolen = new SecretStore({ directory: other })
      await expect(stolen.get('A', 'shop')).rejects.toThrow('no host key')
      writeHostKeys(join(other, 'host.key'), [await makeHostKey()])
      await expect(stolen.get('A', 'shop')).rejects.toThrow('has another key')
      await expect(stolen.set('A', 'mine')).rejects.toThrow('has another key')
      const withKey = new SecretStore({ directory: other, keyFile: path('host.key') })
      expect(await withKey.get('A', 'shop')).toEqual({ value: VALUE })
    } finally {
      rmSync(other, { recursive: true })
    }
  })
})

describe('a store that was changed', () => {
  const CHANGES: readonly (readonly [string, (file: Written) => void])[] = [
    ['a value', ({ entries: [one] }) => void Object.assign(one ?? {}, { box: `A${one?.box}` })],
    [
      'swapped values',
      ({ entries: [a, b] }) => {
        if (a === undefined || b === undefined) return
        const { nonce, box } = a
        Object.assign(a, { nonce: b.nonce, box: b.box })
        Object.assign(b, { nonce, box })
      },
    ],
    ['a name', ({ entries: [one] }) => void Object.assign(one ?? {}, { name: 'C' })],
    ['an agent', ({ entries: [one] }) => void Object.assign(one ?? {}, { agent: 'thief' })],
    ['hosts', ({ entries: [one] }) => void Object.assign(one ?? {}, { hosts: ['thief.test'] })],
    ['a version', ({ entries: [one] }) => void Object.assign(one ?? {}, { version: 7 })],
    ['a missing entry', (file) => void file.entries.pop()],
    ['an entry twice', ({ entries }) => void entries.push(...entries.slice(0, 1))],
    ['an order', (file) => void file.entries.reverse()],
    ['no signature', (file) => void (file.signature = '')],
  ]

  it.each(CHANGES)('is refused: %s', async (_, change) => {
    await store.set('A', VALUE)
    await store.set('B', VALUE)
    edit(change)
    for (const use of [() => store.get('B', 'shop'), () => store.list(), () => store.set('D', 'x')])
      await expect(use()).rejects.toMatchObject({
        code: 'ERR_HOST_UNAVAILABLE',
        message: expect.stringContaining('its entries are not those that mayfly wrote'),
      })
  })

  it('is refused when it is cut off, without quoting it', async () => {
    await store.set('A', VALUE)
    const text = readFileSync(path('secrets.json'), 'utf8')
    for (const length of [0, 1, text.length >> 1, text.length - 2]) {
      writeFileSync(path('secrets.json'), text.slice(0, length))
      await expect(store.get('A', 'shop')).rejects.toThrow(/"\S+secrets\.json": not JSON$/)
    }
    for (const other of ['[]', '{}', '{"version":1,"key":"a","signature":"b","entries":[3]}']) {
      writeFileSync(path('secrets.json'), other)
      await expect(store.get('A', 'shop')).rejects.toMatchObject({ code: 'ERR_HOST_UNAVAILABLE' })
    }
    writeFileSync(path('secrets.json'), '{"version":2}')
    await expect(store.get('A', 'shop')).rejects.toThrow('of version 2')
  })

  it('is refused when its key is none', async () => {
    await store.set('A', VALUE)
    for (const text of ['', '\n', 'short\n', `${'A'.repeat(44)}\n`]) {
      writeFileSync(path('host.key'), text)
      await expect(store.get('A', 'shop')).rejects.toThrow('it has none')
    }
  })

  it('is opened when only its form was', async () => {
    await store.set('A', VALUE)
    edit(() => {})
    expect(await store.get('A', 'shop')).toEqual({ value: VALUE })
  })
})

describe('openSecret()', () => {
  it('opens a value under its name, agent, hosts, version and time, and no others', async () => {
    const { values } = await makeHostKey()
    const entry = { name: 'A', agent: 'shop', hosts: ['a.test'], version: 1, setAt: 'now' }
    const sealed = await sealSecret(values, entry, VALUE)
    expect(await openSecret(values, sealed)).toBe(VALUE)
    const { agent: _, ...ofAll } = sealed
    const { hosts: __, ...anywhere } = sealed
    const others = [
      ofAll,
      anywhere,
      ...[{ name: 'B' }, { agent: 'b' }, { hosts: ['b.test'] }, { version: 2 }, { setAt: '' }].map(
        (change) => ({ ...sealed, ...change }),
      ),
    ]
    for (const other of others) await expect(openSecret(values, other)).rejects.toThrow()
    await expect(openSecret((await makeHostKey()).values, sealed)).rejects.toThrow()
  })
})

describe('SecretStore.rotate()', () => {
  it('encrypts all anew; the old key opens nothing of it', async () => {
    await store.set('A', VALUE)
    await store.set('B', 'of-shop', { agent: 'shop' })
    const before = readFileSync(path('secrets.json'), 'utf8')
    copyFileSync(path('host.key'), path('old.key'))
    expect(await store.rotate()).toEqual({ secrets: 2, keyFile: path('host.key') })
    expect(await store.get('A', 'other')).toEqual({ value: VALUE })
    expect(await store.get('B', 'shop')).toEqual({ value: 'of-shop' })
    // Nothing was set: versions and times stay.
    expect((await store.list()).map(({ version }) => version)).toEqual([1, 1])
    const after = readFileSync(path('secrets.json'), 'utf8')
    for (const { box } of (JSON.parse(before) as Written).entries) expect(after).not.toContain(box)
    const withOld = new SecretStore({ directory, keyFile: path('old.key') })
    await expect(withOld.get('A', 'shop')).rejects.toThrow('has another key')
  })

  it.each(['before the store', 'after the store'])('opens when it was cut off %s', async (when) => {
    await store.set('A', VALUE)
    const [old] = await readHostKeys(path('host.key'))
    const before = readFileSync(path('secrets.json'))
    await store.rotate()
    const [fresh] = await readHostKeys(path('host.key'))
    if (old === undefined || fresh === undefined) throw new Error('no keys')
    writeHostKeys(path('host.key'), [fresh, old])
    if (when === 'before the store') writeFileSync(path('secrets.json'), before)
    expect(await store.get('A', 'shop')).toEqual({ value: VALUE })
    // The next change ends it.
    await store.set('B', VALUE)
    expect((await readHostKeys(path('host.key'))).map(({ id }) => id)).toEqual([fresh.id])
    expect(await store.get('A', 'shop')).toEqual({ value: VALUE })
  })

  it('leaves store and key as they were when the key cannot be written', async () => {
    const keyFile = path('gone/host.key')
    const away = new SecretStore({ directory, keyFile })
    await expect(away.set('A', VALUE)).rejects.toThrow('Cannot write host key')
    expect(existsSync(path('secrets.json'))).toBe(false)
  })

  it('disturbs no reader', async () => {
    await store.set('A', VALUE)
    const reader = new SecretStore({ directory })
    let isDone = false
    const rotations = (async () => {
      for (let count = 0; count < 5; count++) await store.rotate()
      isDone = true
    })()
    while (!isDone) expect(await reader.get('A', 'shop')).toEqual({ value: VALUE })
    await rotations
  })
})

describe('changes at once', () => {
  it('of one process are all kept', async () => {
    const names = ['A', 'B', 'C', 'D']
    await Promise.all([
      ...names.map((name) => store.set(name, `value-${name}`)),
      ...names.map((name) => new SecretStore({ directory }).set(name, `other-${name}`)),
    ])
    expect((await store.list()).map(({ name, version }) => [name, version])).toEqual(
      names.map((name) => [name, 2]),
    )
  })

  it('of two processes are all kept, also where the first makes the key', async () => {
    const program = `
      const { SecretStore } = await import(process.argv[1])
      const store = new SecretStore({ directory: process.argv[2] })
      for (let count = 0; count < 8; count++) await store.set(process.argv[3] + count, 'value')
    `
    const module = new URL('secret-store.ts', import.meta.url).href
    const codes = await Promise.all(
      ['A', 'B'].map(async (name) => {
        const args = ['--input-type=module', '-e', program, module, directory, name]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        return (await once(child, 'exit'))[0] as unknown
      }),
    )
    expect(codes).toEqual([0, 0])
    const names = (await store.list()).map(({ name }) => name)
    expect(new Set(names).size).toBe(16)
  })
})

describe('hostSecrets()', () => {
  it('asks the environment before the store', async () => {
    await store.set('A', 'stored')
    await store.set('B', 'stored')
    const environment = { MAYFLY_SECRET_A: 'of the environment' }
    const secrets = hostSecrets({ environment, dataDirectory: directory })
    expect(await secrets.get('A', 'shop')).toEqual({ value: 'of the environment' })
    expect(await secrets.get('B', 'shop')).toEqual({ value: 'stored' })
    expect(secrets.hint('B')).toBe('Set MAYFLY_SECRET_B for the host, or: mayfly secret set B')
  })

  it('opens the store with the key that the environment names', async () => {
    const keyFile = path('other.key')
    await new SecretStore({ directory, keyFile }).set('A', VALUE)
    const named = hostSecrets({
      environment: { MAYFLY_HOST_KEY_FILE: keyFile },
      dataDirectory: directory,
    })
    expect(await named.get('A', 'shop')).toEqual({ value: VALUE })
    await expect(storedSecrets({ directory }).get('A', 'shop')).rejects.toThrow('no host key')
  })
})
