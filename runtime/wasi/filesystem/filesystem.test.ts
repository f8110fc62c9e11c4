import { describe, expect, it } from 'vitest'
import { payloadOf, testInvocation } from '../../host-module/testing.ts'
import { adapted } from '../testing/adapted.ts'
import { FILES_CONFORMANCE } from './conformance.ts'
import type { Descriptor } from './descriptor-0-2.ts'
import { wasiFilesystem } from './filesystem.ts'
import { memoryFiles } from './memory-area.ts'

const encoder = new TextEncoder()
const READ = { read: true }
const WRITE = { read: true, write: true }
const CREATE = { create: true }
const AREA = { maxBytes: 10_000 }

const capability = wasiFilesystem({
  files: memoryFiles({
    input: () => ({ 'data/list.txt': encoder.encode('abc') }),
    now: () => 1000,
  }),
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

describe('what wasiFilesystem() has a guest pay for', () => {
  async function fuelOf(size: number, use: (root: Descriptor, file: Descriptor) => unknown) {
    const { of, fuel } = await measured({ scratch: { maxBytes: 4_000_000 } })
    const directories = of('wasi:filesystem/preopens')['getDirectories']?.() as Directories
    const root = directories[0]?.[0]
    if (root === undefined) throw new Error('no scratch')
    const file = write(root, 'file', 'x'.repeat(size))
    for (let each = 0; each < size / 1000; each++) write(root, `file-${each}`, '')
    const before = fuel()
    use(root, file)
    return fuel() - before
  }

  async function measured(grant: unknown) {
    const found = await adapted(capability, grant)
    return { of: (name: string) => found.of(name), fuel: () => found.fuel }
  }

  it.each<[string, (root: Descriptor, file: Descriptor) => unknown]>([
    ['reading', (_, file) => file.read(1_000_000n, 0n)],
    ['skipping', (_, file) => file.readViaStream(0n).skip(1_000_000n)],
    [
      'passing on from file to file',
      (root, file) => {
        const other = root.openAt({}, 'copy', CREATE, WRITE)
        other.writeViaStream(0n).splice(file.readViaStream(0n), 1_000_000n)
      },
    ],
    ['cutting off', (_, file) => file.setSize(0n)],
    ['truncating', (root) => root.openAt({}, 'file', { truncate: true }, WRITE)],
    ['writing far behind the end', (_, file) => file.write(new Uint8Array(1), 2_000_000n)],
    ['listing', (root) => root.readDirectory()],
  ])('is %s, in proportion', async (name, use) => {
    const small = await fuelOf(1_000, use)
    const large = await fuelOf(201_000, use)
    // To write far behind a longer file leaves less of a gap.
    if (name.startsWith('writing')) expect(small).toBeGreaterThan(1_900_000 * 4)
    else expect(large - small).toBeGreaterThanOrEqual(200 * 64 * 4)
    expect(small).toBeGreaterThan(0)
  })

  it('is each file that is looked for, also in vain', async () => {
    const look = (times: number) => (root: Descriptor) => {
      for (let time = 0; time < times; time++) root.openAt({}, 'file', {}, READ)
    }
    expect(await fuelOf(0, look(100))).toBeGreaterThanOrEqual(100 * (await fuelOf(0, look(1))))
    expect(await fuelOf(0, look(1))).toBeGreaterThan(10_000)
  })
})

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

  it('ends what is open in an area that is revoked, and leaves the others', async () => {
    const granted = { output: AREA, scratch: AREA }
    const ready = await capability.configure({ agent: 'a', grant: granted })
    const directories = (): Directories => {
      const imports = ready.prepare(testInvocation().context)['wasi:filesystem/preopens']
      return (imports as unknown as { getDirectories(): Directories }).getDirectories()
    }
    const [[output], [other]] = directories() as [[Descriptor, string], [Descriptor, string]]
    const file = write(output, 'f', 'text')
    const reading = file.readViaStream(0n)
    const writing = file.appendViaStream()
    ready.attenuate?.({ scratch: AREA })
    expect(await payloadOf(() => file.read(1n, 0n))).toBe('access')
    expect(await payloadOf(() => output.openAt({}, 'f', {}, READ))).toBe('access')
    expect(() => reading.read(1n)).toThrow()
    expect(() => writing.write(encoder.encode('x'))).toThrow()
    file[Symbol.dispose]()
    write(other, 'f', 'text')
    expect(directories().map(([, path]) => path)).toEqual(['/scratch'])
  })

  it('has areas at the paths of their grant, and reads and writes there as elsewhere', async () => {
    const { '/': root, '/data': input } = await open({
      output: { ...AREA, at: '/' },
      input: { at: '/data' },
    })
    if (root === undefined || input === undefined) throw new Error('not at their paths')
    write(root, 'f', 'text')
    expect(read(root, 'f')).toBe('text')
    expect(read(input, 'data/list.txt')).toBe('abc')
    expect(await payloadOf(() => input.createDirectoryAt('d'))).toBe('read-only')
  })

  it('takes an area at "/" away when it is revoked, while it is open', async () => {
    const ready = await capability.configure({
      agent: 'a',
      grant: { output: { ...AREA, at: '/' }, input: true },
    })
    const directories = (): Directories => {
      const imports = ready.prepare(testInvocation().context)['wasi:filesystem/preopens']
      return (imports as unknown as { getDirectories(): Directories }).getDirectories()
    }
    const root = directories().find(([, path]) => path === '/')?.[0]
    ready.attenuate?.({ input: true })
    expect(await payloadOf(() => root?.createDirectoryAt('d'))).toBe('access')
    expect(directories().map(([, path]) => path)).toEqual(['/input'])
  })

  it('takes no size that is no u64, whatever a guest declared', async () => {
    const file = write(await scratch(), 'a', 'x')
    expect(() => file.setSize('9' as never)).toThrow(TypeError)
    expect(() => file.write('text' as never, 0n)).toThrow(TypeError)
  })
})

describe('memoryFiles()', () => {
  it.each(FILES_CONFORMANCE)('$name', ({ run }) => {
    run((maxBytes) => memoryFiles().open({ agent: 'a', area: 'output', writable: true, maxBytes }))
  })
})
