/**
 * Files that guests have open: for each the host has one descriptor, however many guests and streams have it.
 *
 * A descriptor names the file and not its path. So a file that was unlinked or renamed since is the one that was opened.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { fileError } from '../../../runtime/wasi/index.ts'
import { asked } from './system-call.ts'

// Absent on Windows, where links need a privilege.
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0
// A named pipe in the place of a file must not hold the thread up. Absent on Windows.
const NO_WAIT: number = constants.O_NONBLOCK ?? 0
// A process has descriptors for its sockets too: a quarter of the 1,024 that systems give at least, for one area.
const MAX_OPEN_FILES = 256

/** A file that is open on the host. */
export interface OpenFile {
  readonly fd: number
  /** The number of the file. */
  readonly id: bigint
  /** Whether the host may write it. */
  readonly writable: boolean
  /** How many have it open. */
  holders: number
}

/** The open files of one area. */
export class OpenFiles {
  readonly #writable: boolean
  /** By the number of the file, which no other file has while it is open. */
  readonly #files = new Map<bigint, OpenFile>()

  /** @param options.writable - whether guests may write files of the area */
  constructor({ writable }: { readonly writable: boolean }) {
    this.#writable = writable
  }

  /**
   * Opens the file at `path` once more.
   *
   * @param again - what an earlier call has returned for the same file, if it is still open
   * @throws {GuestError} when it is no file, or no more can be open
   */
  open(path: string, again?: OpenFile): OpenFile {
    const file = again ?? this.#opened(path)
    file.holders++
    return file
  }

  /** Counterpart of `open`. Returns the bytes that this frees: those of a file that nothing names any more. */
  close(file: OpenFile): number {
    file.holders--
    if (file.holders > 0) return 0
    this.#files.delete(file.id)
    try {
      return unlinkedBytes(file)
    } finally {
      closeSync(file.fd)
    }
  }

  has(id: bigint): boolean {
    return this.#files.has(id)
  }

  /** The bytes of all files that have no name any more. */
  unlinkedBytes(): number {
    let bytes = 0
    for (const file of this.#files.values()) bytes += unlinkedBytes(file)
    return bytes
  }

  #opened(path: string): OpenFile {
    const { fd, writable } = this.#descriptorOf(path)
    try {
      const stats = fstatSync(fd, { bigint: true })
      if (!stats.isFile()) throw fileError('no-entry')
      const known = this.#files.get(stats.ino)
      if (known !== undefined) {
        closeSync(fd)
        return known
      }
      if (this.#files.size >= MAX_OPEN_FILES) throw fileError('insufficient-memory')
      const file = { fd, id: stats.ino, writable, holders: 0 }
      this.#files.set(file.id, file)
      return file
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /** A file that the host may not write can still be read. */
  #descriptorOf(path: string): Pick<OpenFile, 'fd' | 'writable'> {
    const { O_RDONLY, O_RDWR } = constants
    const opened = (flags: number): number => openSync(path, flags | NO_FOLLOW | NO_WAIT)
    if (!this.#writable) return { fd: asked(() => opened(O_RDONLY)), writable: false }
    try {
      return { fd: opened(O_RDWR), writable: true }
    } catch {
      return { fd: asked(() => opened(O_RDONLY)), writable: false }
    }
  }
}

function unlinkedBytes({ fd }: OpenFile): number {
  const { nlink, size } = fstatSync(fd)
  return nlink === 0 ? size : 0
}
