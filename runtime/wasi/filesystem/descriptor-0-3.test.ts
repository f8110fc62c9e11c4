import { describe, expect, it } from 'vitest'
import { payloadOf } from '../../host-module/testing.ts'
import { adapted } from '../testing/adapted.ts'
import type { Descriptor } from './descriptor-0-3.ts'
import { wasiFilesystem } from './filesystem.ts'
import { memoryFiles } from './memory-area.ts'

type Opened = InstanceType<typeof Descriptor>

const OK = { tag: 'ok', val: undefined }
const WRITE = { read: true, write: true }
const encoder = new TextEncoder()
const capability = wasiFilesystem({
  files: memoryFiles({ input: () => ({ list: encoder.encode('abc') }) }),
})

async function directoriesOf(grant: unknown): Promise<Record<string, Opened>> {
  const { of } = await adapted(capability, grant)
  const found = of('wasi:filesystem/preopens@0.3')['getDirectories']?.() as [Opened, string][]
  return Object.fromEntries(found.map(([descriptor, path]) => [path, descriptor]))
}

async function open(name: 'input' | 'scratch', maxBytes = 10_000): Promise<Opened> {
  const grant = name === 'input' ? { input: true } : { scratch: { maxBytes } }
  const { [`/${name}`]: found } = await directoriesOf(grant)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

function bytes(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream()
}

async function read(file: Opened, offset = 0n): Promise<[string, unknown]> {
  const [stream, end] = file.readViaStream(offset)
  let text = ''
  for await (const chunk of stream) text += new TextDecoder().decode(chunk)
  return [text, await end]
}

describe('descriptor of WASI 0.3', () => {
  it('writes, appends and reads through streams, and says how that ended', async () => {
    const file = (await open('scratch')).openAt({}, 'file', { create: true }, WRITE)
    expect(await file.writeViaStream(bytes('one'), 2n)).toEqual(OK)
    expect(await file.appendViaStream(bytes('two'))).toEqual(OK)
    expect(await read(file)).toEqual(['\0\0onetwo', OK])
    expect(await read(file, 5n)).toEqual(['two', OK])
    expect(await read(file, 100n)).toEqual(['', OK])
    expect(await read(file, 2n ** 64n - 1n)).toEqual(['', { tag: 'err', val: { tag: 'invalid' } }])
  })

  it('stops writing at the bound of the area', async () => {
    const file = (await open('scratch', 1000)).openAt({}, 'file', { create: true }, WRITE)
    const ended = await file.writeViaStream(bytes('x'.repeat(2000)), 0n)
    expect(ended).toEqual({ tag: 'err', val: { tag: 'quota' } })
  })

  it('lists a directory as a stream', async () => {
    const directory = await open('scratch')
    directory.createDirectoryAt('folder')
    directory.openAt({}, 'file', { create: true }, WRITE)
    const [entries, end] = directory.readDirectory()
    expect([...entries].flat()).toEqual([
      { type: { tag: 'directory' }, name: 'folder' },
      { type: { tag: 'regular-file' }, name: 'file' },
    ])
    expect(await end).toEqual(OK)
    const file = directory.openAt({}, 'file', {}, {})
    expect(await file.readDirectory()[1]).toMatchObject({ val: { tag: 'not-directory' } })
  })

  it('has variants for errors and types', async () => {
    const directory = await open('scratch')
    expect(await payloadOf(() => directory.openAt({}, 'none', {}, {}))).toEqual({ tag: 'no-entry' })
    expect(directory.getType()).toEqual({ tag: 'directory' })
    expect(directory.stat()).toMatchObject({ type: { tag: 'directory' } })
    expect(directory.openAt({}, 'file', { create: true }, {}).getFlags()).toEqual(WRITE)
  })

  it('reads what is granted for reading, and writes nothing there', async () => {
    const directory = await open('input')
    expect(await read(directory.openAt({}, 'list', {}, { read: true }))).toEqual(['abc', OK])
    const writing = await payloadOf(() => directory.openAt({}, 'list', {}, { write: true }))
    expect(writing).toEqual({ tag: 'read-only' })
    const file = directory.openAt({}, 'list', {}, { read: true })
    expect(await file.writeViaStream(bytes('x'), 0n)).toMatchObject({ tag: 'err' })
  })

  it('has no directories without a grant', async () => {
    expect(await directoriesOf(undefined)).toEqual({})
  })
})
