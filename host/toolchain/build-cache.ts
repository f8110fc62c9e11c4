/**
 * Built components by content, and for each agent the files that its last build read.
 *
 * Two ways lead to a component. `recall` only asks the file system whether the files of the last build are
 * unchanged, so a start without changes loads neither bundler nor compiler. `find` takes the bundled source, so after
 * a change of comments, or a checkout with new times, only the bundling is repeated.
 *
 * Objects are named by their own digest and checked when read: a torn or edited file is a miss. Files appear by
 * renaming, so builds that run side by side do not see half a file. Among the inputs of a build are files that were not
 * there, and would have counted.
 *
 * @module
 */
import { readFileSync, statSync, type Stats } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hexOf, isDigest, type Digest } from '../../runtime/digest/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { digestOf } from '../digest/index.ts'
import { replaceFile } from '../files/index.ts'

export interface CachedComponent {
  readonly component: Uint8Array
  readonly digest: Digest
}

/** A component, and the map of the sources that were read for it. */
export interface RecalledBuild extends CachedComponent {
  /** As JSON. */
  readonly sourceMap?: string
  /** Absolute paths of the files read, and of those that would have been read if they were there. */
  readonly inputs: readonly string[]
}

export interface BuildCache {
  /** The component of the last build named `identity`, unless a file it read has changed. */
  recall(identity: string): Promise<RecalledBuild | undefined>
  /**
   * Notes the files that a build read, for `recall`; nothing when one has changed since it began to read, or may have been
   * removed.
   */
  remember(identity: string, build: RememberedBuild): Promise<void>
  find(key: Digest): Promise<CachedComponent | undefined>
  store(key: Digest, component: Uint8Array): Promise<Digest>
  /** Makes the folder of the cache: in the middle of a build, that would look like a change of the folder it is in. */
  open(): Promise<void>
}

interface RememberedBuild {
  /** When the build began to read, in milliseconds since 1970. */
  readonly startedMs: number
  /** Absolute paths of the files read. */
  readonly inputs: readonly string[]
  /** Of the component. */
  readonly digest: Digest
  /** Belongs to these files: others may make the same component of lines elsewhere. */
  readonly sourceMap: string | undefined
}

interface Input {
  readonly path: string
  /** Of a file that was not there: -1, and the digest of nothing. */
  readonly size: number
  readonly mtimeMs: number
  readonly digest: Digest
}

interface Recollection {
  readonly digest: Digest
  /** Of the source map; absent when there is none. */
  readonly map?: Digest
  readonly recordedMs: number
  readonly inputs: readonly Input[]
}

const OBJECT_NAME = /^[0-9a-f]{64}$/
// Components and their maps: about 100 MB of JavaScript agents.
const MAX_OBJECTS = 128
// A file written twice within this time may have kept its size and its time, so its content is compared.
const RACY_MS = 100
const ABSENT = -1

const decoder = new TextDecoder()

export function buildCache(directory: string): BuildCache {
  const inFolder = (folder: string, name: Digest): string => join(directory, folder, hexOf(name))

  async function read(digest: Digest): Promise<Uint8Array | undefined> {
    const path = inFolder('objects', digest)
    const content = await readFile(path).catch(() => undefined)
    if (content === undefined || digestOf(content) === digest) return content
    await rm(path, { force: true })
    return undefined
  }

  async function load(digest: Digest): Promise<CachedComponent | undefined> {
    const component = await read(digest)
    return component && { component: new Uint8Array(component), digest }
  }

  return {
    async recall(identity) {
      const last = await readJson(inFolder('builds', digestOf(identity)))
      if (!isRecollection(last)) return undefined
      const changed = await Promise.all(
        last.inputs.map((input) => hasChanged(input, last.recordedMs)),
      )
      if (changed.includes(true)) return undefined
      const [found, map] = await Promise.all([load(last.digest), last.map && read(last.map)])
      // A map that is gone is made again.
      if (found === undefined || (last.map !== undefined && map === undefined)) return undefined
      const inputs = last.inputs.map(({ path }) => path)
      return { ...found, inputs, ...(map && { sourceMap: decoder.decode(map) }) }
    },

    async remember(identity, { startedMs, inputs: paths, digest, sourceMap }) {
      const recordedMs = Date.now()
      const described = paths.map(describeInput)
      // The build may have read another content than is there now, and would be recalled for this one. The clock of a file
      // system may be a tick of some milliseconds behind: the bundler reads nothing that soon.
      if (described.some(({ changedMs }) => changedMs > startedMs)) return
      const inputs = described.map(({ input }) => input)
      const map = sourceMap === undefined ? undefined : digestOf(sourceMap)
      if (map !== undefined) await write(inFolder('objects', map), sourceMap ?? '')
      const recollection: Recollection = { digest, ...(map && { map }), recordedMs, inputs }
      await write(inFolder('builds', digestOf(identity)), JSON.stringify(recollection))
    },

    async find(key) {
      const digest = await readFile(inFolder('keys', key), 'utf8').catch(() => undefined)
      if (digest === undefined || !isDigest(digest)) return undefined
      const found = await load(digest)
      if (found !== undefined) await touch(inFolder('objects', digest))
      return found
    },

    open: () => makeFolder(directory),

    async store(key, component) {
      const digest = digestOf(component)
      await write(inFolder('objects', digest), component)
      await write(inFolder('keys', key), digest)
      await prune(join(directory, 'objects'))
      return digest
    },
  }
}

interface Described {
  readonly input: Input
  /** In milliseconds since 1970. Unlike the time of its content, that of a change cannot be set back. */
  readonly changedMs: number
  readonly inode: number
}

/** Of files that builds of this thread have read: most are those of this package, and as before. */
const descriptions = new Map<string, Described>()
const MAX_DESCRIPTIONS = 10_000 // Some megabytes

/** Without a promise, which would cost more than the file: the thread of a build has nothing else to do. */
function describeInput(path: string): Pick<Described, 'input' | 'changedMs'> {
  const found = statsOf(path)
  // A folder may have the name of such a file; neither is read.
  if (found?.isFile() !== true) {
    const input = { path, size: ABSENT, mtimeMs: 0, digest: digestOf('') }
    // It may have been there when the build read.
    return { input, changedMs: folderChangedMs(dirname(path)) }
  }
  const { size, mtimeMs, ctimeMs: changedMs, ino: inode } = found
  const known = descriptions.get(path)
  if (known?.changedMs === changedMs && known.inode === inode && known.input.size === size)
    return known
  const input = { path, size, mtimeMs, digest: digestOf(readFileSync(path)) }
  const described = { input, changedMs, inode }
  if (descriptions.size >= MAX_DESCRIPTIONS) descriptions.clear()
  if (changedMs < Date.now() - RACY_MS) descriptions.set(path, described)
  return described
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** When a name came into `folder` or left it, or the nearest folder above that is there. */
function folderChangedMs(folder: string): number {
  const found = statsOf(folder)
  if (found?.isDirectory() === true) return found.ctimeMs
  const parent = dirname(folder)
  return parent === folder ? 0 : folderChangedMs(parent)
}

async function hasChanged(input: Input, recordedMs: number): Promise<boolean> {
  try {
    const found = await stat(input.path).catch(() => undefined)
    if (found?.isFile() !== true) return input.size !== ABSENT
    const { size, mtimeMs } = found
    if (size !== input.size) return true
    if (mtimeMs === input.mtimeMs && mtimeMs < recordedMs - RACY_MS) return false
    return digestOf(readFileSync(input.path)) !== input.digest
  } catch {
    return true
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path))
  await replaceFile(path, content).catch((cause: unknown) => {
    throw notWritable(dirname(path), cause)
  })
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw notWritable(folder, cause)
  })
}

function notWritable(folder: string, cause: unknown): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot write build cache "${folder}"`, {
    cause,
    hint: 'Choose a folder that can be written to, with --cache',
    facts: { path: folder },
  })
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
}

async function prune(directory: string): Promise<void> {
  // Only files with names of the cache: the author of the agent may have made the folder a link.
  const names = (await readdir(directory)).filter((name) => OBJECT_NAME.test(name))
  if (names.length <= MAX_OBJECTS) return
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name)
      const times = await stat(path).catch(() => undefined)
      return { path, time: times?.mtimeMs ?? 0 }
    }),
  )
  const old = files.toSorted((a, b) => b.time - a.time).slice(MAX_OBJECTS)
  await Promise.all(old.map(({ path }) => rm(path, { force: true })))
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined // Absent or torn: either way there is nothing to recall
  }
}

function isRecollection(value: unknown): value is Recollection {
  if (typeof value !== 'object' || value === null) return false
  const { digest, map, recordedMs, inputs } = value as Partial<Record<keyof Recollection, unknown>>
  return (
    typeof digest === 'string' &&
    isDigest(digest) &&
    (map === undefined || (typeof map === 'string' && isDigest(map))) &&
    typeof recordedMs === 'number' &&
    Array.isArray(inputs)
  )
}
