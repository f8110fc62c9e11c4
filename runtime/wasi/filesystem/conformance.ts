/**
 * The conformance suite of file drivers, through descriptors, as a guest uses them.
 *
 * Named steps that throw, without a test library, like the suite of key-value drivers.
 *
 * @module
 */
import { bytes, same, text } from '../../host-module/conformance.ts'
import type { Datetime } from '../clocks/index.ts'
import type { FileArea } from './area.ts'
import { Descriptor } from './descriptor-0-2.ts'
import type { DescriptorFlags } from './descriptor.ts'
import { MemoryArea } from './memory-area.ts'
import type { NewTimestamp } from './new-timestamp.ts'

/** One promise of the contract. `run` throws when the area breaks it. */
export interface FilesConformanceCase {
  /** What an area must do, as the title of a test. */
  readonly name: string
  /** Throws when the area does something else. */
  run(open: MakeArea): void
}

/** Returns an area that may be written, empty at first; of one case always the same files. */
export type MakeArea = (maxBytes: number) => FileArea

const READ = { read: true }
const WRITE = { read: true, write: true }
const CREATE = { create: true }
const ROOMY = 100_000

/** Paths that are refused, however they are opened, where `a` is a directory and `file` a file. */
const REFUSED = [
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
] as const

/** The conformance suite of areas of files, for any test runner. */
export const FILES_CONFORMANCE: readonly FilesConformanceCase[] = [
  ...REFUSED.map(([path, code]) =>
    step(`does not follow ${JSON.stringify(path.slice(0, 30))}: ${code}`, (root) => {
      root.createDirectoryAt('a')
      write(root, 'file', 'x')
      fails(code, () => root.openAt({}, path, {}, READ))
      fails(code, () => root.openAt({}, path, CREATE, WRITE))
    }),
  ),
  step('keeps a directory that was opened below from reaching above', (root) => {
    root.createDirectoryAt('a')
    write(root, 'secret', 'x')
    const below = root.openAt({}, 'a', { directory: true }, READ)
    fails('not-permitted', () => below.openAt({}, '../secret', {}, READ))
  }),
  step('lets a directory that was opened change as the one above it', (root) => {
    root.createDirectoryAt('a')
    const below = root.openAt({}, 'a', { directory: true }, READ)
    below.createDirectoryAt('b')
    write(below, 'f', 'x')
    below.removeDirectoryAt('b')
    same(below.getFlags().mutateDirectory, true)
    same(names(below), 'regular-file f')
    below.unlinkFileAt('f')
  }),
  {
    name: 'lets nothing change through a directory that may not be changed',
    run(open) {
      const area = open(ROOMY)
      rootOf(area).createDirectoryAt('a')
      const root = rootOf(area, { read: true })
      const below = root.openAt({}, 'a', { directory: true }, READ)
      fails('read-only', () => root.createDirectoryAt('b'))
      fails('read-only', () => below.createDirectoryAt('b'))
      fails('read-only', () => below.openAt({}, 'f', CREATE, WRITE))
      fails('read-only', () => root.openAt({}, 'a', {}, { read: true, mutateDirectory: true }))
    },
  },
  step('makes no symbolic links', (root) => {
    fails('not-permitted', () => root.symlinkAt())
  }),
  step('gives a file a second name, which is the same file', (root) => {
    const file = write(root, 'f', 'one')
    root.createDirectoryAt('d')
    root.linkAt({}, 'f', root.openAt({}, 'd', {}, READ), 'g')
    const other = root.openAt({}, 'd/g', {}, WRITE)
    same(other.isSameObject(file), true)
    same(links(file), 2n)
    other.write(bytes('two'), 0n)
    same(read(root, 'f'), 'two')
    // Of two names of one file none takes the place of the other.
    root.renameAt('f', root, 'd/g')
    same(read(root, 'f'), 'two')
    root.unlinkFileAt('f')
    same(`${read(root, 'd/g')} ${links(file)} ${links(other)}`, 'two 1 1')
  }),
  ...(
    [
      ['not-permitted', 'd', 'x'],
      ['not-permitted', '.', 'x'],
      ['exist', 'f', 'f'],
      ['exist', 'f', 'd'],
      ['exist', 'f', '.'],
      ['no-entry', 'none', 'x'],
      ['no-entry', 'f', 'x/'],
      ['no-entry', 'f', 'none/x'],
      ['no-entry', 'f', ''],
      ['not-directory', 'f/', 'x'],
      ['not-directory', 'f', 'f/x'],
      ['not-permitted', '../f', 'x'],
      ['not-permitted', 'f', '../x'],
      ['not-permitted', 'f', '/x'],
    ] as const
  ).map(([code, path, newPath]) =>
    step(`does not link ${path} as ${JSON.stringify(newPath)}: ${code}`, (root) => {
      write(root, 'f', '')
      root.createDirectoryAt('d')
      fails(code, () => root.linkAt({}, path, root, newPath))
      same(names(root), 'directory d,regular-file f')
    }),
  ),
  {
    name: 'links nothing out of its area, and nothing from or to a directory that may not be changed',
    run(open) {
      const area = open(ROOMY)
      const root = rootOf(area)
      write(root, 'f', '')
      const fixed = rootOf(area, { read: true })
      const elsewhere = rootOf(new MemoryArea({ maxBytes: ROOMY, writable: true, now: () => 0 }))
      fails('cross-device', () => root.linkAt({}, 'f', elsewhere, 'g'))
      fails('read-only', () => root.linkAt({}, 'f', fixed, 'g'))
      fails('read-only', () => fixed.linkAt({}, 'f', root, 'g'))
      same(`${names(root)} ${names(elsewhere)}`, 'regular-file f ')
    },
  },
  {
    name: 'counts the bytes of a file once, whatever its names, until the last of them and of its descriptors goes',
    run(open) {
      const root = rootOf(open(4000))
      const file = write(root, 'a', 'x'.repeat(2000))
      root.linkAt({}, 'a', root, 'b')
      // Each name counts: three of them and the bytes are more than the bound.
      fails('quota', () => {
        for (const name of ['c', 'd', 'e']) root.linkAt({}, 'a', root, name)
      })
      for (const name of names(root).matchAll(/[a-e](?=,|$)/g)) root.unlinkFileAt(name[0])
      const fits = (): void => void write(root, 'other', 'x'.repeat(3000))
      fails('quota', fits)
      file[Symbol.dispose]()
      fits()
    },
  },
  step('lets a guest that has a file open read and write it after it was unlinked', (root) => {
    const file = write(root, 'f', 'hello')
    const reading = root.openAt({}, 'f', {}, READ)
    const stream = reading.readViaStream(1n)
    root.unlinkFileAt('f')
    write(root, 'f', 'another')
    same(`${links(file)} ${links(reading)}`, '0 0')
    file.write(bytes('J'), 0n)
    same(text(reading.read(9n, 0n)[0]), 'Jello')
    file.setSize(4n)
    for (const each of [file, reading]) each[Symbol.dispose]()
    same(text(stream.read(9n)), 'ell')
    same(read(root, 'f'), 'another')
  }),
  step('keeps to the file that was opened when another gets its name', (root) => {
    const file = write(root, 'f', 'one')
    root.renameAt('f', root, 'g')
    write(root, 'f', 'two')
    same(text(file.read(9n, 0n)[0]), 'one')
    write(root, 'new', 'three')
    root.renameAt('new', root, 'g')
    same(text(file.read(9n, 0n)[0]), 'one')
    same(`${read(root, 'f')} ${read(root, 'g')}`, 'two three')
  }),
  step('reads what was written, in parts and past the end', (root) => {
    const file = write(root, 'f', 'hello')
    same(text(file.read(3n, 1n)[0]), 'ell')
    same(String(file.read(10n, 1n)), String([bytes('ello'), true]))
    same(String(file.read(10n, 99n)), String([bytes(''), true]))
    file.write(bytes('!'), 7n)
    same(text(file.read(100n, 0n)[0]), 'hello\0\0!')
    file.setSize(2n)
    file.setSize(4n)
    same(text(file.read(100n, 0n)[0]), 'he\0\0')
  }),
  step('opens as it is asked to', (root) => {
    write(root, 'f', 'old')
    fails('exist', () => root.openAt({}, 'f', { create: true, exclusive: true }, WRITE))
    fails('not-directory', () => root.openAt({}, 'f', { directory: true }, READ))
    fails('no-entry', () => root.openAt({}, 'none', {}, READ))
    same(text(root.openAt({}, 'f', {}, READ).read(9n, 0n)[0]), 'old')
    same(root.openAt({}, 'f', { truncate: true }, WRITE).read(9n, 0n)[0].byteLength, 0)
    const reading = root.openAt({}, 'f', {}, READ)
    fails('bad-descriptor', () => reading.write(bytes('x'), 0n))
  }),
  step('creates, renames and removes', (root) => {
    root.createDirectoryAt('a')
    fails('exist', () => root.createDirectoryAt('a'))
    write(root, 'a/one', 'first')
    root.renameAt('a/one', root, 'two')
    same(read(root, 'two'), 'first')
    fails('invalid', () => root.renameAt('a', root, 'a/b'))
    write(root, 'a/three', 'third')
    fails('not-empty', () => root.removeDirectoryAt('a'))
    fails('is-directory', () => root.unlinkFileAt('a'))
    root.unlinkFileAt('a/three')
    root.removeDirectoryAt('a')
    same(names(root), 'regular-file two')
  }),
  step('a rename takes the place of what was there', (root) => {
    write(root, 'one', '1')
    write(root, 'two', '2')
    root.createDirectoryAt('d')
    root.renameAt('one', root, 'two')
    same(read(root, 'two'), '1')
    fails('is-directory', () => root.renameAt('two', root, 'd'))
    root.renameAt('two', root, 'two')
    same(names(root), 'directory d,regular-file two')
  }),
  step('tells size, type and identity', (root) => {
    const file = write(root, 'f', 'hello')
    write(root, 'g', 'other')
    const { type, size } = root.statAt({}, 'f') as { type: string; size: bigint }
    same(`${type} ${size}`, 'regular-file 5')
    same(file.isSameObject(root.openAt({}, 'f', {}, READ)), true)
    same(file.isSameObject(root.openAt({}, 'g', {}, READ)), false)
    same(file.getType(), 'regular-file')
  }),
  step('streams in and out', (root) => {
    const file = root.openAt({}, 'log', CREATE, WRITE)
    file.writeViaStream(0n).write(bytes('one'))
    file.appendViaStream().write(bytes('two'))
    same(text(file.readViaStream(1n).read(100n)), 'netwo')
  }),
  step('sets times to the nanosecond', (root) => {
    const file = write(root, 'f', 'x')
    const found = (): string => {
      const { dataAccessTimestamp: accessed, dataModificationTimestamp: modified } =
        file.stat() as Readonly<Record<string, Datetime>>
      return [accessed, modified].map((at) => `${at?.seconds}.${at?.nanoseconds}`).join()
    }
    const kept = { tag: 'no-change' } as const
    const at = (seconds: bigint, nanoseconds: number): NewTimestamp => ({
      tag: 'timestamp',
      val: { seconds, nanoseconds },
    })
    file.setTimes(at(1000n, 0), at(1_763_000_000n, 440_999_901))
    same(found(), '1000.0,1763000000.440999901')
    root.setTimesAt({}, 'f', kept, at(1_763_000_000n, 440_999_801))
    same(found(), '1000.0,1763000000.440999801')
    root.setTimesAt({}, 'f', at(1_763_000_001n, 7), kept)
    same(found(), '1763000001.7,1763000000.440999801')
  }),
  {
    name: 'counts every byte and every name against the bound',
    run(open) {
      const root = rootOf(open(3000))
      const file = write(root, 'a', 'x'.repeat(2000))
      fails('quota', () => file.write(new Uint8Array(2000), 1000n))
      fails('quota', () => file.setSize(2n ** 39n))
      fails('file-too-large', () => file.setSize(2n ** 63n))
      root.unlinkFileAt('a')
      file[Symbol.dispose]()
      write(root, 'b', 'x'.repeat(2000))
      fails('quota', () => root.createDirectoryAt('d'))
    },
  },
]

function step(name: string, run: (root: Descriptor) => void): FilesConformanceCase {
  return { name, run: (open) => run(rootOf(open(ROOMY))) }
}

function rootOf(
  area: FileArea,
  flags: DescriptorFlags = { read: true, mutateDirectory: true },
): Descriptor {
  const place = {
    area,
    isGranted: () => true,
    held: new Set<Disposable>(),
    invocation: { defer() {} },
    work() {},
  }
  return new Descriptor(place, area.root, flags)
}

function write(directory: Descriptor, path: string, contents: string): Descriptor {
  const file = directory.openAt({}, path, CREATE, WRITE)
  file.write(bytes(contents), 0n)
  return file
}

function read(directory: Descriptor, path: string): string | undefined {
  return text(directory.openAt({}, path, {}, READ).read(100n, 0n)[0])
}

function links(file: Descriptor): bigint {
  return (file.stat() as { linkCount: bigint }).linkCount
}

function names(directory: Descriptor): string {
  const entries = directory.readDirectory()
  const found: string[] = []
  for (;;) {
    const entry = entries.readDirectoryEntry() as { type: string; name: string } | undefined
    if (entry === undefined) return found.sort().join()
    found.push(`${entry.type} ${entry.name}`)
  }
}

/** Expects the error a guest would get. */
function fails(code: string, work: () => unknown): void {
  let payload: unknown = 'nothing'
  try {
    work()
  } catch (error) {
    payload = (error as { payload?: unknown }).payload ?? error
  }
  same(payload, code)
}
