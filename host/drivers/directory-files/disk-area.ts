/**
 * A tree of files on disk, with a bound on its total size.
 *
 * No symbolic link is followed. For a guest only regular files and directories exist, and it can make no other nodes.
 * Files that a guest has open are open on the host as well (`open-files.ts`): they can be read and written also when
 * they were renamed or unlinked since. Directories are paths.
 *
 * Several threads may serve one area. Each measures it again from time to time. Together they can exceed the bound by
 * the bytes they write between two measurements, and by those of unlinked files that guests of another thread have open.
 *
 * @module
 */
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  fileError,
  type DirectoryNode,
  type FileArea,
  type FileNode,
  type Node,
} from '../../../runtime/wasi/index.ts'
import { DiskDirectory, DiskFile, type DiskSpace } from './disk-node.ts'
import { NO_FOLLOW, OpenFiles } from './open-files.ts'
import { SetTimes } from './set-times.ts'
import { asked } from './system-call.ts'

export interface DiskAreaOptions {
  readonly root: string
  readonly writable: boolean
  readonly maxBytes: number
}

// As the area in memory has it: a million empty files are not free.
const NODE_BYTES = 512
// Walking an area of a thousand files takes milliseconds.
const MEASURE_EVERY_MS = 250

export class DiskArea implements FileArea, DiskSpace {
  readonly root: DirectoryNode
  readonly writable: boolean
  readonly times: SetTimes = new SetTimes()
  readonly open: OpenFiles
  readonly #rootPath: string
  readonly #maxBytes: number
  #usedBytes = 0
  #measuredAt = -Infinity

  constructor({ root, writable, maxBytes }: DiskAreaOptions) {
    this.writable = writable
    this.#rootPath = root
    this.#maxBytes = maxBytes
    this.open = new OpenFiles({ writable })
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

  addLink(parent: DirectoryNode, name: string, file: FileNode): void {
    if (!(file instanceof DiskFile)) throw new TypeError('Cannot link file: it is of another area')
    const path = own(parent).pathOf(name)
    const { id } = file
    this.charge(NODE_BYTES + name.length)
    asked(() => linkSync(file.path, path))
    // Some systems follow a symbolic link that another process has put in the place of the file.
    if (parent.get(name)?.id === id) return
    asked(() => unlinkSync(path))
    throw fileError('io')
  }

  remove(parent: DirectoryNode, name: string, node: Node): void {
    const path = own(parent).pathOf(name)
    const goes = node.kind === 'file' && node.links === 1 && !this.open.has(node.id)
    const size = goes ? node.size : 0
    asked(() => (node.kind === 'file' ? unlinkSync(path) : rmdirSync(path)))
    this.#usedBytes -= NODE_BYTES + name.length + size
  }

  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string): void {
    this.charge(newName.length - name.length)
    asked(() => renameSync(own(from).pathOf(name), own(to).pathOf(newName)))
  }

  charge(bytes: number): void {
    if (bytes > 0) {
      if (performance.now() - this.#measuredAt > MEASURE_EVERY_MS) this.#measure()
      if (this.#usedBytes + bytes > this.#maxBytes) this.#measure()
      if (this.#usedBytes + bytes > this.#maxBytes) throw fileError('quota')
    }
    this.#usedBytes += bytes
  }

  #measure(): void {
    this.#usedBytes = asked(() => bytesBelow(this.#rootPath)) + this.open.unlinkedBytes()
    this.#measuredAt = performance.now()
  }
}

function own(node: DirectoryNode): DiskDirectory {
  if (node instanceof DiskDirectory) return node
  throw new TypeError('Cannot change directory: it is of another area')
}

/** @param counted - the files with several names that were counted under one */
function bytesBelow(directory: string, counted: Set<bigint> = new Set()): number {
  let bytes = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    bytes += NODE_BYTES + entry.name.length
    if (entry.isDirectory()) {
      bytes += bytesBelow(path, counted)
      continue
    }
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined || counted.has(stats.ino)) continue
    if (stats.nlink > 1n) counted.add(stats.ino)
    bytes += Number(stats.size)
  }
  return bytes
}
