/**
 * A tree of files on disk, with a bound on all that is in it.
 *
 * No symbolic link is followed, whoever made it: what is no regular file and no directory is not there. Guests
 * can make none. Nothing stays open between two calls, so a guest cannot use up the host's descriptors; a file
 * that is unlinked is gone for those who had it open.
 *
 * Several threads may serve one area. Each measures it anew now and then, so that together they can
 * exceed the bound by what they write in between.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
  writeSync,
  type BigIntStats,
} from 'node:fs'
import { join } from 'node:path'
import {
  fileError,
  type DirectoryNode,
  type FileArea,
  type FileErrorCode,
  type FileNode,
  type Node,
} from '../../../runtime/wasi/index.ts'

export interface DiskAreaOptions {
  readonly root: string
  readonly writable: boolean
  readonly maxBytes: number
}

// As the area in memory has it: a million empty files are not free.
const NODE_BYTES = 512
// Walking an area of a thousand files takes milliseconds.
const MEASURE_EVERY_MS = 250
// Absent on Windows, where links need a privilege.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
// On Windows these have a meaning within one name.
const RESERVED = process.platform === 'win32' ? /[\\:*?"<>|]/ : undefined

const CODES: Readonly<Record<string, FileErrorCode>> = {
  EACCES: 'access',
  EDQUOT: 'insufficient-space',
  EEXIST: 'exist',
  EFBIG: 'file-too-large',
  EISDIR: 'is-directory',
  ELOOP: 'no-entry',
  ENAMETOOLONG: 'name-too-long',
  ENOENT: 'no-entry',
  ENOSPC: 'insufficient-space',
  ENOTDIR: 'not-directory',
  ENOTEMPTY: 'not-empty',
  EPERM: 'not-permitted',
  EROFS: 'read-only',
}

export class DiskArea implements FileArea {
  readonly root: DirectoryNode
  readonly writable: boolean
  readonly #rootPath: string
  readonly #maxBytes: number
  #usedBytes = 0
  #measuredAt = -Infinity

  constructor({ root, writable, maxBytes }: DiskAreaOptions) {
    this.writable = writable
    this.#rootPath = root
    this.#maxBytes = maxBytes
    this.root = new DiskDirectory(root, this)
  }

  now(): number {
    return Date.now()
  }

  addFile(parent: DirectoryNode, name: string): FileNode {
    const path = own(parent).pathOf(name)
    this.charge(NODE_BYTES + name.length)
    const { O_CREAT, O_EXCL, O_WRONLY } = constants
    asked(() => closeSync(openSync(path, O_CREAT | O_EXCL | O_WRONLY | NO_FOLLOW, 0o600)))
    return new DiskFile(path, this)
  }

  addDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    const path = own(parent).pathOf(name)
    this.charge(NODE_BYTES + name.length)
    asked(() => mkdirSync(path, 0o700))
    return new DiskDirectory(path, this)
  }

  remove(parent: DirectoryNode, name: string, node: Node): void {
    const path = own(parent).pathOf(name)
    const size = node.kind === 'file' ? node.size : 0
    asked(() => (node.kind === 'file' ? unlinkSync(path) : rmdirSync(path)))
    this.#usedBytes -= NODE_BYTES + name.length + size
  }

  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string): void {
    this.charge(newName.length - name.length)
    asked(() => renameSync(own(from).pathOf(name), own(to).pathOf(newName)))
  }

  /** @param bytes - negative for those given back */
  charge(bytes: number): void {
    if (bytes > 0) {
      if (performance.now() - this.#measuredAt > MEASURE_EVERY_MS) this.#measure()
      if (this.#usedBytes + bytes > this.#maxBytes) this.#measure()
      if (this.#usedBytes + bytes > this.#maxBytes) throw fileError('quota')
    }
    this.#usedBytes += bytes
  }

  #measure(): void {
    this.#usedBytes = asked(() => bytesBelow(this.#rootPath))
    this.#measuredAt = performance.now()
  }
}

class DiskFile implements FileNode {
  readonly kind = 'file'
  readonly #path: string
  readonly #area: DiskArea

  constructor(path: string, area: DiskArea) {
    this.#path = path
    this.#area = area
  }

  get id(): bigint {
    return statAt(this.#path).ino
  }

  get size(): number {
    return Number(statAt(this.#path).size)
  }

  get modifiedMs(): number {
    return Number(statAt(this.#path).mtimeMs)
  }

  get linked(): boolean {
    return typeAt(this.#path) === 'file'
  }

  read(start: number, end: number): Uint8Array {
    return this.#with(constants.O_RDONLY, (file) => {
      const left = Math.max(0, fstatSync(file).size - start)
      const bytes = new Uint8Array(Math.max(0, Math.min(end - start, left)))
      let length = 0
      while (length < bytes.byteLength) {
        const count = readSync(file, bytes, length, bytes.byteLength - length, start + length)
        if (count === 0) break
        length += count
      }
      return bytes.subarray(0, length)
    })
  }

  write(offset: number, contents: Uint8Array): void {
    this.#with(constants.O_WRONLY, (file) => {
      this.#grow(fstatSync(file).size, offset + contents.byteLength, () => {
        let length = 0
        while (length < contents.byteLength) {
          length += writeSync(file, contents, length, contents.byteLength - length, offset + length)
        }
      })
    })
  }

  resize(size: number): void {
    this.#with(constants.O_WRONLY, (file) => {
      const before = fstatSync(file).size
      this.#grow(before, size, () => ftruncateSync(file, size))
      if (size < before) this.#area.charge(size - before)
    })
  }

  touch(modifiedMs: number): void {
    const seconds = modifiedMs / 1000
    this.#with(constants.O_WRONLY, (file) => futimesSync(file, seconds, seconds))
  }

  open(): void {}

  close(): void {}

  #grow(before: number, after: number, work: () => void): void {
    const growth = Math.max(0, after - before)
    this.#area.charge(growth)
    try {
      work()
    } catch (error) {
      this.#area.charge(-growth)
      throw error
    }
  }

  #with<Result>(flags: number, work: (file: number) => Result): Result {
    return asked(() => {
      const file = openSync(this.#path, flags | NO_FOLLOW)
      try {
        return work(file)
      } finally {
        closeSync(file)
      }
    })
  }
}

class DiskDirectory implements DirectoryNode {
  readonly kind = 'directory'
  readonly #path: string
  readonly #area: DiskArea

  constructor(path: string, area: DiskArea) {
    this.#path = path
    this.#area = area
  }

  get id(): bigint {
    return statAt(this.#path).ino
  }

  get modifiedMs(): number {
    return Number(statAt(this.#path).mtimeMs)
  }

  get linked(): boolean {
    return typeAt(this.#path) === 'directory'
  }

  get(name: string): Node | undefined {
    const path = this.pathOf(name)
    switch (typeAt(path)) {
      case 'file':
        return new DiskFile(path, this.#area)
      case 'directory':
        return new DiskDirectory(path, this.#area)
      case undefined:
        return undefined
    }
  }

  list(): [string, Node][] {
    return asked(() => readdirSync(this.#path)).flatMap((name): [string, Node][] => {
      const node = this.get(name)
      return node === undefined ? [] : [[name, node]]
    })
  }

  touch(modifiedMs: number): void {
    const seconds = modifiedMs / 1000
    asked(() => utimesSync(this.#path, seconds, seconds))
  }

  /** @throws {GuestError} when `name` would be more than a name */
  pathOf(name: string): string {
    const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)
    if (!isName || RESERVED?.test(name) === true) throw fileError('invalid')
    return join(this.#path, name)
  }
}

function own(node: DirectoryNode): DiskDirectory {
  if (node instanceof DiskDirectory) return node
  throw new TypeError('Cannot change directory: it is of another area')
}

function statAt(path: string): BigIntStats {
  return asked(() => lstatSync(path, { bigint: true }))
}

function typeAt(path: string): 'file' | 'directory' | undefined {
  const stats = asked(() => lstatSync(path, { throwIfNoEntry: false }))
  if (stats?.isFile() === true) return 'file'
  return stats?.isDirectory() === true ? 'directory' : undefined
}

function bytesBelow(directory: string): number {
  let bytes = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    bytes += NODE_BYTES + entry.name.length
    if (entry.isDirectory()) bytes += bytesBelow(path)
    else bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

/** What the system says, as a guest may know it. */
function asked<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw fileError(CODES[code] ?? 'io')
  }
}
