/**
 * Files and directories on disk. Each is a path, looked up again by every call; a file that is open is the file that
 * was opened.
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
  openSync,
  readdirSync,
  readSync,
  utimesSync,
  writeSync,
  type BigIntStats,
} from 'node:fs'
import { join } from 'node:path'
import {
  fileError,
  type DirectoryNode,
  type FileNode,
  type FileTimes,
  type Node,
} from '../../../runtime/wasi/index.ts'
import { NO_FOLLOW, type OpenFile, type OpenFiles } from './open-files.ts'
import type { SetTimes } from './set-times.ts'
import { asked } from './system-call.ts'

const NANOS_A_SECOND = 1_000_000_000
// On Windows these have a meaning within one name.
const RESERVED = process.platform === 'win32' ? /[\\:*?"<>|]/ : undefined

/** What the nodes of an area share. */
export interface DiskSpace {
  readonly times: SetTimes
  readonly open: OpenFiles
  /** @param bytes - negative to give bytes back. @throws {GuestError} when there is no room */
  charge(bytes: number): void
}

abstract class DiskNode<Kind extends Node['kind']> {
  abstract readonly kind: Kind
  readonly path: string
  readonly space: DiskSpace

  constructor(path: string, space: DiskSpace) {
    this.path = path
    this.space = space
  }

  get id(): bigint {
    return this.stats().ino
  }

  get times(): FileTimes {
    return this.space.times.of(this.stats())
  }

  touch(times: Partial<FileTimes>): void {
    const left = { ...this.times, ...times }
    this.setTimes(secondsOf(left.accessedNs), secondsOf(left.modifiedNs))
    this.space.times.set(this.stats(), left)
  }

  abstract setTimes(accessed: number, modified: number): void

  stats(): BigIntStats {
    return asked(() => lstatSync(this.path, { bigint: true }))
  }
}

export class DiskFile extends DiskNode<'file'> implements FileNode {
  readonly kind = 'file'
  #open: OpenFile | undefined

  get size(): number {
    return Number(this.stats().size)
  }

  get links(): number {
    return Number(this.stats().nlink)
  }

  override stats(): BigIntStats {
    const open = this.#open
    return open === undefined ? super.stats() : asked(() => fstatSync(open.fd, { bigint: true }))
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
      if (size < before) this.space.charge(size - before)
    })
  }

  override setTimes(accessed: number, modified: number): void {
    this.#with(constants.O_WRONLY, (file) => futimesSync(file, accessed, modified))
  }

  open(): void {
    this.#open = this.space.open.open(this.path, this.#open)
  }

  close(): void {
    const open = this.#open
    if (open === undefined) return
    this.space.charge(-this.space.open.close(open))
    if (open.holders === 0) this.#open = undefined
  }

  #grow(before: number, after: number, work: () => void): void {
    const growth = Math.max(0, after - before)
    this.space.charge(growth)
    try {
      work()
    } catch (error) {
      this.space.charge(-growth)
      throw error
    }
  }

  #with<Result>(flags: number, work: (file: number) => Result): Result {
    const open = this.#open
    if (open !== undefined) {
      if (flags !== constants.O_RDONLY && !open.writable) throw fileError('access')
      return asked(() => work(open.fd))
    }
    return asked(() => {
      const file = openSync(this.path, flags | NO_FOLLOW)
      try {
        return work(file)
      } finally {
        closeSync(file)
      }
    })
  }
}

export class DiskDirectory extends DiskNode<'directory'> implements DirectoryNode {
  readonly kind = 'directory'

  get linked(): boolean {
    return typeAt(this.path) === this.kind
  }

  get(name: string): Node | undefined {
    const path = this.pathOf(name)
    switch (typeAt(path)) {
      case 'file':
        return new DiskFile(path, this.space)
      case 'directory':
        return new DiskDirectory(path, this.space)
      case undefined:
        return undefined
    }
  }

  list(): [string, Node][] {
    return asked(() => readdirSync(this.path)).flatMap((name): [string, Node][] => {
      const node = this.get(name)
      return node === undefined ? [] : [[name, node]]
    })
  }

  override setTimes(accessed: number, modified: number): void {
    asked(() => utimesSync(this.path, accessed, modified))
  }

  /** @throws {GuestError} when `name` would be more than a name */
  pathOf(name: string): string {
    const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)
    if (!isName || RESERVED?.test(name) === true) throw fileError('invalid')
    return join(this.path, name)
  }
}

function secondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds) / NANOS_A_SECOND
}

function typeAt(path: string): 'file' | 'directory' | undefined {
  const stats = asked(() => lstatSync(path, { throwIfNoEntry: false }))
  if (stats?.isFile() === true) return 'file'
  return stats?.isDirectory() === true ? 'directory' : undefined
}
