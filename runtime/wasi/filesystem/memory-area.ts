/**
 * A tree of files in memory, with a bound on all that is in it.
 *
 * @module
 */
import type { DirectoryNode, FileArea, FileNode, FilesDriver, FileTimes, Node } from './area.ts'
import { fileError } from './file-error.ts'

export interface MemoryAreaOptions {
  readonly writable: boolean
  readonly maxBytes: number
  readonly now: () => number
}

/** The initial content of the areas, and their clock. */
export interface MemoryFilesOptions {
  /**
   * The files of the area `input` of an agent, by path.
   *
   * @default none
   */
  input?: (agent: string) => Readonly<Record<string, Uint8Array>>
  /**
   * Milliseconds since 1970, for timestamps.
   *
   * @default Date.now
   */
  now?: () => number
}

// Cost of a file beside its bytes, so that a million empty files are not free.
const NODE_BYTES = 512
const NANOS_A_MILLI = 1_000_000

/** Files that are gone with the process. */
export function memoryFiles({
  input = () => ({}),
  now = Date.now,
}: MemoryFilesOptions = {}): FilesDriver {
  return {
    name: 'memory',
    open({ agent, area, writable, maxBytes }) {
      const opened = new MemoryArea({ writable, maxBytes, now })
      if (area === 'input') for (const file of Object.entries(input(agent))) opened.place(...file)
      return opened
    },
  }
}

export class MemoryArea implements FileArea {
  readonly root: MemoryDirectory
  readonly writable: boolean
  readonly now: () => number
  readonly #maxBytes: number
  #usedBytes = 0
  #ids = 0n

  constructor({ writable, maxBytes, now }: MemoryAreaOptions) {
    this.writable = writable
    this.now = now
    this.#maxBytes = maxBytes
    this.root = new MemoryDirectory(++this.#ids, now())
  }

  /** Puts a file where its host wants it, with the directories on the way. Not copied. */
  place(path: string, bytes: Uint8Array): void {
    const names = path.split('/').filter((name) => name !== '')
    const name = names.pop() ?? ''
    let parent = this.root
    for (const each of names) {
      const found = parent.get(each)
      parent = found?.kind === 'directory' ? found : this.addDirectory(parent, each)
    }
    this.addFile(parent, name).adopt(bytes)
  }

  addFile(parent: DirectoryNode, name: string): MemoryFile {
    this.#charge(NODE_BYTES + name.length)
    const node = new MemoryFile(++this.#ids, this.now, (bytes) => this.#charge(bytes))
    own(parent).link(name, node, this.now())
    return node
  }

  addDirectory(parent: DirectoryNode, name: string): MemoryDirectory {
    this.#charge(NODE_BYTES + name.length)
    const node = new MemoryDirectory(++this.#ids, this.now())
    own(parent).link(name, node, this.now())
    return node
  }

  addLink(parent: DirectoryNode, name: string, file: FileNode): void {
    if (!(file instanceof MemoryFile))
      throw new TypeError('Cannot link file: it is of another area')
    this.#charge(NODE_BYTES + name.length)
    own(parent).link(name, file, this.now())
    file.links++
  }

  remove(parent: DirectoryNode, name: string, node: Node): void {
    own(parent).unlink(name, this.now())
    this.#charge(-(NODE_BYTES + name.length))
    if (node instanceof MemoryFile) node.unlink()
    if (node instanceof MemoryDirectory) node.linked = false
  }

  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string, node: Node): void {
    this.#charge(newName.length - name.length)
    own(from).unlink(name, this.now())
    // A node of this area is one of the two.
    own(to).link(newName, node as MemoryNode, this.now())
  }

  /** @param bytes - negative for those given back */
  #charge(bytes: number): void {
    if (bytes > 0 && this.#usedBytes + bytes > this.#maxBytes) throw fileError('quota')
    this.#usedBytes += bytes
  }
}

type MemoryNode = MemoryFile | MemoryDirectory

class MemoryFile implements FileNode {
  readonly kind = 'file'
  readonly id: bigint
  times: FileTimes
  links = 1
  readonly #now: () => number
  readonly #charge: (bytes: number) => void
  /** At least `size` bytes. */
  #bytes = new Uint8Array(0)
  #size = 0
  #opened = 0

  constructor(id: bigint, now: () => number, charge: (bytes: number) => void) {
    this.id = id
    this.times = timesOf(now())
    this.#now = now
    this.#charge = charge
  }

  get size(): number {
    return this.#size
  }

  adopt(bytes: Uint8Array): void {
    this.#charge(bytes.byteLength)
    // Never written: an area with files of its host's is for reading.
    this.#bytes = bytes as Uint8Array<ArrayBuffer>
    this.#size = bytes.byteLength
  }

  read(start: number, end: number): Uint8Array {
    return this.#bytes.slice(start, Math.max(start, Math.min(end, this.#size)))
  }

  write(offset: number, contents: Uint8Array): void {
    const end = offset + contents.byteLength
    if (end > this.#size) this.resize(end)
    this.#bytes.set(contents, offset)
    this.touch({ modifiedNs: nanos(this.#now()) })
  }

  resize(size: number): void {
    const before = this.#size
    this.#charge(size - before)
    if (size > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(size, before * 2))
      grown.set(this.#bytes.subarray(0, before))
      this.#bytes = grown
    } else if (size < before) this.#bytes.fill(0, size, before)
    this.#size = size
    this.touch({ modifiedNs: nanos(this.#now()) })
  }

  touch(times: Partial<FileTimes>): void {
    this.times = { ...this.times, ...times }
  }

  open(): void {
    this.#opened++
  }

  close(): void {
    this.#opened--
    this.#collect()
  }

  unlink(): void {
    this.links--
    this.#collect()
  }

  /** Gives its bytes back when no path and no descriptor reaches them. */
  #collect(): void {
    if (this.links > 0 || this.#opened > 0) return
    this.#charge(-this.#size)
    this.#bytes = new Uint8Array(0)
    this.#size = 0
  }
}

class MemoryDirectory implements DirectoryNode {
  readonly kind = 'directory'
  readonly id: bigint
  times: FileTimes
  linked = true
  readonly #entries = new Map<string, MemoryNode>()

  constructor(id: bigint, now: number) {
    this.id = id
    this.times = timesOf(now)
  }

  get(name: string): MemoryNode | undefined {
    return this.#entries.get(name)
  }

  list(): [string, MemoryNode][] {
    return [...this.#entries]
  }

  touch(times: Partial<FileTimes>): void {
    this.times = { ...this.times, ...times }
  }

  link(name: string, node: MemoryNode, now: number): void {
    this.#entries.set(name, node)
    this.touch({ modifiedNs: nanos(now) })
  }

  unlink(name: string, now: number): void {
    this.#entries.delete(name)
    this.touch({ modifiedNs: nanos(now) })
  }
}

function timesOf(now: number): FileTimes {
  return { accessedNs: nanos(now), modifiedNs: nanos(now) }
}

function nanos(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NANOS_A_MILLI))
}

function own(node: DirectoryNode): MemoryDirectory {
  if (node instanceof MemoryDirectory) return node
  throw new TypeError('Cannot change directory: it is of another area')
}
