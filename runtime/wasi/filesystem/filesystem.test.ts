import { describe, expect, it } from 'vitest'
import { payloadOf, testInvocation } from '../../capability/testing.ts'
import { adapted } from '../testing/adapted.ts'
import type { Descriptor } from './descriptor.ts'
import { wasiFilesystem } from './filesystem.ts'

const encoder = new TextEncoder()
const READ = { read: true }
const WRITE = { read: true, write: true }
const CREATE = { create: true }
const AREA = { maxBytes: 10_000 }

const capability = wasiFilesystem({
  input: () => ({ 'data/list.txt': encoder.encode('abc') }),
  now: () => 1000,
})

type Directories = [Descriptor, string][]

async function open(grant: unknown): Promise<Record<string, Descriptor>> {
  const { of } = await adapted(capability, grant)
  const directories = of('wasi:filesystem/preopens')['getDirectories']?.() as Directories
  return Object.fromEntries(directories.map(([descriptor, path]) => [path, descriptor]))
}

async function scratch(maxBytes = 10_000): Promise<Descriptor> {
  const { '/scratch': found } = await open({ scratch: { maxBytes } })
  if (found === undefined) throw new Error('no scratch')
  return found
}

function write(directory: Descriptor, path: string, text: string): Descriptor {
  const file = directory.openAt({}, path, CREATE, WRITE)
  file.write(encoder.encode(text), 0n)
  return file
}

function read(directory: Descriptor, path: string): string {
  const [bytes] = directory.openAt({}, path, {}, READ).read(100n, 0n)
  return new TextDecoder().decode(bytes)
}

describe('wasiFilesystem()', () => {
  it('has no directories without a grant', async () => {
    expect(await open(undefined)).toEqual({})
    expect(await open({})).toEqual({})
  })

  it('reads the files of input and changes none of them', async () => {
    const { '/input': input } = await open({ input: true })
    if (input === undefined) throw new Error('no input')
    expect(read(input, 'data/list.txt')).toBe('abc')
    expect(await payloadOf(() => input.openAt({}, 'new', CREATE, WRITE))).toBe('read-only')
    expect(await payloadOf(() => input.openAt({}, 'data/list.txt', {}, WRITE))).toBe('read-only')
    expect(await payloadOf(() => input.unlinkFileAt('data/list.txt'))).toBe('read-only')
    const file = input.openAt({}, 'data/list.txt', {}, READ)
    expect(await payloadOf(() => file.write(encoder.encode('x'), 0n))).toBe('bad-descriptor')
  })

  it('keeps what is in output, and nothing of scratch', async () => {
    const ready = await capability.configure({
      agent: 'a',
      grant: { output: AREA, scratch: AREA },
    })
    const directories = (): Directories => {
      const imports = ready.prepare(testInvocation().context)['wasi:filesystem/preopens']
      return (imports as unknown as { getDirectories(): Directories }).getDirectories()
    }
    for (const [directory] of directories()) write(directory, 'kept', 'yes')
    const after = directories().map(([directory, path]) => [
      path,
      [...Array(2)].flatMap(() => directory.readDirectory().readDirectoryEntry() ?? []).length,
    ])
    expect(after).toEqual([
      ['/output', 2],
      ['/scratch', 0],
    ])
  })

  it.for([
    ['/etc/passwd', 'not-permitted'],
    ['..', 'not-permitted'],
    ['../outside', 'not-permitted'],
    ['a/../../outside', 'not-permitted'],
    ['a/b/../../../outside', 'no-entry'],
    ['./..', 'not-permitted'],
    ['a/./../..', 'not-permitted'],
    ['missing/../..', 'no-entry'],
    ['file/..', 'not-directory'],
    ['file/below', 'not-directory'],
    ['file/', 'not-directory'],
    ['', 'no-entry'],
    ['a\0b', 'invalid'],
    ['x'.repeat(256), 'name-too-long'],
    ['x/'.repeat(3000), 'name-too-long'],
  ] as const)('does not follow %j: %s', async ([path, code]) => {
    const directory = await scratch()
    directory.createDirectoryAt('a')
    write(directory, 'file', 'x')
    expect(await payloadOf(() => directory.openAt({}, path, {}, READ))).toBe(code)
    expect(await payloadOf(() => directory.openAt({}, path, CREATE, WRITE))).toBe(code)
  })

  it('keeps a directory that was opened below from reaching above', async () => {
    const directory = await scratch()
    directory.createDirectoryAt('a')
    write(directory, 'secret', 'x')
    const below = directory.openAt({}, 'a', { directory: true }, READ)
    expect(await payloadOf(() => below.openAt({}, '../secret', {}, READ))).toBe('not-permitted')
    expect(await payloadOf(() => below.createDirectoryAt('b'))).toBe('not-permitted')
  })

  it('makes no links', async () => {
    const directory = await scratch()
    expect(await payloadOf(() => directory.symlinkAt())).toBe('not-permitted')
    expect(await payloadOf(() => directory.linkAt())).toBe('unsupported')
  })

  it('creates, renames and removes', async () => {
    const directory = await scratch()
    directory.createDirectoryAt('a')
    write(directory, 'a/one', 'first')
    directory.renameAt('a/one', directory, 'two')
    expect(read(directory, 'two')).toBe('first')
    expect(await payloadOf(() => directory.renameAt('a', directory, 'a/b'))).toBe('invalid')
    write(directory, 'a/three', 'third')
    expect(await payloadOf(() => directory.removeDirectoryAt('a'))).toBe('not-empty')
    directory.unlinkFileAt('a/three')
    directory.removeDirectoryAt('a')
    const entries = directory.readDirectory()
    expect(entries.readDirectoryEntry()).toEqual({ type: 'regular-file', name: 'two' })
    expect(entries.readDirectoryEntry()).toBeUndefined()
    expect(directory.statAt({}, 'two')).toMatchObject({ size: 5n, type: 'regular-file' })
  })

  it('streams in and out', async () => {
    const directory = await scratch()
    const file = directory.openAt({}, 'log', CREATE, WRITE)
    file.writeViaStream(0n).write(encoder.encode('one'))
    file.appendViaStream().write(encoder.encode('two'))
    const stream = file.readViaStream(1n)
    expect(new TextDecoder().decode(stream.read(100n))).toBe('netwo')
  })

  it('counts every byte against the bound, also of files without a name', async () => {
    const directory = await scratch(3000)
    const file = write(directory, 'a', 'x'.repeat(2000))
    expect(await payloadOf(() => file.write(new Uint8Array(2000), 1000n))).toBe('quota')
    expect(await payloadOf(() => file.setSize(2n ** 39n))).toBe('quota')
    expect(await payloadOf(() => file.setSize(2n ** 63n))).toBe('file-too-large')
    directory.unlinkFileAt('a')
    expect(await payloadOf(() => write(directory, 'b', 'x'.repeat(2000)))).toBe('quota')
    file[Symbol.dispose]()
    write(directory, 'b', 'x'.repeat(2000))
    for (let index = 0; index < 2; index++)
      expect(await payloadOf(() => directory.createDirectoryAt(`d${index}`))).toBe('quota')
  })

  it('takes no size that is no u64, whatever a guest declared', async () => {
    const file = write(await scratch(), 'a', 'x')
    expect(() => file.setSize('9' as never)).toThrow(TypeError)
    expect(() => file.write('text' as never, 0n)).toThrow(TypeError)
  })
})
