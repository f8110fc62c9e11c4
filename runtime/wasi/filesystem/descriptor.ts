/**
 * `wasi:filesystem/types` descriptor: a file or directory that the guest holds, with its rights to it.
 *
 * Bytes and entries of directories come and go in streams, which differ between versions of WASI. Each version has a class
 * below this one for them.
 *
 * Over 250 lines, because the resource has 26 methods and each is a few lines.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import { sinkOf, type ByteSource, type GuestSink } from '../io/index.ts'
import type { DirectoryNode, FileArea, FileNode, Node } from './area.ts'
import { fileError, fileStreamError } from './file-error.ts'
import { asStreamError, fileSource, holdIn } from './file-source.ts'
import { hashOf, statOf, typeOf, type NodeType } from './file-stat.ts'
import { timeOf, type NewTimestamp } from './new-timestamp.ts'
import { resolvePath, type Place } from './resolve-path.ts'

export interface DescriptorFlags {
  readonly read?: boolean
  readonly write?: boolean
  readonly mutateDirectory?: boolean
}

export interface OpenFlags {
  readonly create?: boolean
  readonly directory?: boolean
  readonly exclusive?: boolean
  readonly truncate?: boolean
}

/** How something is opened. */
export interface Opening {
  readonly open: OpenFlags
  /** The flags that the guest has asked for. */
  readonly asked: DescriptorFlags
  /** Whether the directory may be changed that it is opened through. */
  readonly mutates: boolean
}

/** An area as one invocation has it. */
export interface OpenArea {
  readonly area: FileArea
  /** Whether it is still granted: that may end while files are open. */
  readonly isGranted: () => boolean
  /** The open descriptors, and files that streams read. */
  readonly held: Set<Disposable>
  /** Streams that are open end with it. */
  readonly invocation: Pick<InvocationContext, 'defer'>
  /** Has the guest pay for bytes and files that its host reads, writes or looks through. */
  readonly work: InvocationContext['work']
}

// A guest may ask for 2^64 bytes; it gets no more at once than it can be lent a buffer for.
const MAX_READ_BYTES = 1_048_576n
// Far above any quota, and a length in JavaScript.
const MAX_OFFSET = 2n ** 40n
const SIGN_BIT = 2n ** 63n
// Cost of reading an entry of a directory, in bytes.
const ENTRY_BYTES = 64

/** The arguments of the constructor. */
export type DescriptorParts = [
  place: OpenArea,
  node: Node,
  flags: DescriptorFlags,
  mutates?: boolean,
]

/** Where bytes of a file begin: at an offset, or behind its last one, which moves. */
export type Position = bigint | 'end'

/** Bytes of a file, from `offset` on. @throws {GuestError} when it cannot be read */
export let sourceAt: (descriptor: FileDescriptor, offset: bigint) => ByteSource

/** Takes bytes of a file. @throws {GuestError} when it cannot be written */
export let sinkAt: (descriptor: FileDescriptor, position: Position) => GuestSink

/** The invocation that `descriptor` belongs to. */
export let invocationOf: (descriptor: FileDescriptor) => OpenArea['invocation']

/** The entries of a directory. @throws {GuestError} when it is none */
export let entriesOf: (descriptor: FileDescriptor) => [name: string, node: Node][]

/** A descriptor without its streams. */
export abstract class FileDescriptor implements Disposable {
  readonly #place: OpenArea
  readonly #held: Node
  readonly #flags: DescriptorFlags
  /** Whether it is a directory that may be changed. */
  readonly #mutates: boolean
  #closed = false

  constructor(place: OpenArea, node: Node, flags: DescriptorFlags, mutates?: boolean) {
    this.#place = place
    this.#held = node
    this.#flags = flags
    this.#mutates = mutates ?? flags.mutateDirectory === true
    if (node.kind === 'file') node.open()
    place.held.add(this)
    place.work('file')
  }

  get #area(): FileArea {
    return this.#place.area
  }

  get #node(): Node {
    if (this.#place.isGranted()) return this.#held
    throw fileError('access')
  }

  advise(): void {
    if (this.#node.kind !== 'file') throw fileError('bad-descriptor')
  }

  syncData(): void {}

  sync(): void {}

  /** The flags that what was opened says it has. */
  static flagsOf(node: Node, { asked, mutates }: Opening): DescriptorFlags {
    return node.kind === 'file' ? asked : { ...asked, mutateDirectory: mutates }
  }

  getFlags(): DescriptorFlags {
    return this.#flags
  }

  getType(): NodeType {
    return typeOf(this.#node)
  }

  setSize(size: bigint): void {
    this.#resize(this.#writable(), toOffset(size))
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#mayChange()
    this.#touch(this.#node, accessed, modified)
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const file = this.#readable()
    const start = toOffset(offset)
    const bounded = Number(length > MAX_READ_BYTES ? MAX_READ_BYTES : length)
    const end = start + bounded
    this.#place.work('byte', Math.min(bounded, file.size))
    return [file.read(start, end), end >= file.size]
  }

  write(contents: Uint8Array, offset: bigint): bigint {
    if (!(contents instanceof Uint8Array)) throw new TypeError('Cannot write: not a list of bytes')
    this.#write(this.#writable(), toOffset(offset), contents)
    return BigInt(contents.byteLength)
  }

  createDirectoryAt(path: string): void {
    const { parent, name, node } = this.#change(path)
    if (node !== undefined || parent === undefined) throw fileError('exist')
    this.#area.addDirectory(parent, name)
  }

  stat(): object {
    return statOf(this.#node)
  }

  statAt(_flags: unknown, path: string): object {
    return statOf(existing(this.#find(path)))
  }

  setTimesAt(_flags: unknown, path: string, accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#touch(existing(this.#change(path)), accessed, modified)
  }

  linkAt(_flags: unknown, path: string, target: FileDescriptor, newPath: string): void {
    if (target.#area !== this.#area) throw fileError('cross-device')
    // Also the old directory must be one to change: what may only be read in it could be written under its new name.
    const node = existing(this.#change(path))
    const to = target.#change(newPath)
    if (node.kind === 'directory') throw fileError('not-permitted')
    if (to.node !== undefined || to.parent === undefined) throw fileError('exist')
    if (to.isDirectory) throw fileError('no-entry')
    this.#area.addLink(to.parent, to.name, node)
  }

  symlinkAt(): never {
    throw fileError('not-permitted')
  }

  readlinkAt(path: string): never {
    existing(this.#find(path))
    throw fileError('invalid')
  }

  openAt(_flags: unknown, path: string, open: OpenFlags, flags: DescriptorFlags): this {
    const changes = open.create === true || open.truncate === true || flags.write === true
    if (changes || flags.mutateDirectory === true) this.#mayChange()
    const place = this.#find(path)
    if (open.exclusive === true && open.create === true && place.node !== undefined)
      throw fileError('exist')
    const node = place.node ?? this.#create(place, open)
    if (open.directory === true && node.kind !== 'directory') throw fileError('not-directory')
    if (node.kind === 'directory' && (open.truncate === true || flags.write === true))
      throw fileError('is-directory')
    if (open.truncate === true && node.kind === 'file') this.#resize(node, 0)
    // The class of this one: that of the guest's version of WASI.
    const Class = this.constructor as new (...args: DescriptorParts) => this
    const { flagsOf } = this.constructor as typeof FileDescriptor
    const mutates = this.#mutates
    // Programs for WASI 0.1 and of wasi-libc never ask for `mutate-directory`, and expect it of a directory that they open
    // through one that has it.
    return new Class(this.#place, node, flagsOf(node, { open, asked: flags, mutates }), mutates)
  }

  removeDirectoryAt(path: string): void {
    const { parent, name, node } = this.#change(path)
    if (node === undefined) throw fileError('no-entry')
    if (node.kind !== 'directory') throw fileError('not-directory')
    if (parent === undefined) throw fileError('invalid')
    if (this.#list(node).length > 0) throw fileError('not-empty')
    this.#area.remove(parent, name, node)
  }

  unlinkFileAt(path: string): void {
    const { parent, name, node } = this.#change(path)
    if (node?.kind === 'directory') throw fileError('is-directory')
    if (node === undefined || parent === undefined) throw fileError('no-entry')
    this.#area.remove(parent, name, node)
  }

  renameAt(path: string, target: FileDescriptor, newPath: string): void {
    if (target.#area !== this.#area) throw fileError('cross-device')
    const from = this.#change(path)
    const to = target.#change(newPath)
    const { node } = from
    if (node === undefined) throw fileError('no-entry')
    if (from.parent === undefined || to.parent === undefined) throw fileError('invalid')
    if (to.node?.id === node.id) return
    if (node.kind === 'directory' && this.#contains(node, to.parent)) throw fileError('invalid')
    if (to.isDirectory && node.kind !== 'directory') throw fileError('not-directory')
    if (to.node !== undefined) {
      this.#checkReplaceable(node, to.node)
      this.#area.remove(to.parent, to.name, to.node)
    }
    this.#area.move(from.parent, from.name, to.parent, to.name, node)
  }

  isSameObject(other: FileDescriptor): boolean {
    return this.#area === other.#area && this.#node.id === other.#node.id
  }

  metadataHash(): object {
    return hashOf(this.#node)
  }

  metadataHashAt(_flags: unknown, path: string): object {
    return hashOf(existing(this.#find(path)))
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    this.#place.held.delete(this)
    if (this.#held.kind === 'file') this.#held.close()
  }

  #create({ parent, name, isDirectory }: Place, open: OpenFlags): FileNode {
    if (open.create !== true || parent === undefined) throw fileError('no-entry')
    if (open.directory === true || isDirectory) throw fileError('invalid')
    return this.#area.addFile(parent, name)
  }

  #directory(): DirectoryNode {
    if (this.#node.kind !== 'directory') throw fileError('not-directory')
    // A directory without a path takes no new entries.
    if (!this.#node.linked) throw fileError('no-entry')
    return this.#node
  }

  #find(path: string): Place {
    this.#place.work('file')
    return resolvePath(this.#directory(), path)
  }

  #change(path: string): Place {
    this.#mayChange()
    return this.#find(path)
  }

  #touch(node: Node, accessed: NewTimestamp, modified: NewTimestamp): void {
    const accessedNs = timeOf(accessed, () => this.#area.now())
    const modifiedNs = timeOf(modified, () => this.#area.now())
    node.touch({
      ...(accessedNs === undefined ? {} : { accessedNs }),
      ...(modifiedNs === undefined ? {} : { modifiedNs }),
    })
  }

  #write(file: FileNode, offset: number, contents: Uint8Array): void {
    const gap = Math.max(0, offset - file.size)
    this.#place.work('byte', gap + contents.byteLength)
    file.write(offset, contents)
  }

  /** Clears bytes that are cut off, and copies the rest to a larger buffer if there is no room. */
  #resize(file: FileNode, bytes: number): void {
    this.#place.work('byte', Math.max(bytes, file.size))
    file.resize(bytes)
  }

  #list(directory: DirectoryNode): [string, Node][] {
    const entries = directory.list()
    this.#place.work('byte', entries.length * ENTRY_BYTES)
    return entries
  }

  #contains(directory: DirectoryNode, place: DirectoryNode): boolean {
    if (directory.id === place.id) return true
    return this.#list(directory).some(
      ([, node]) => node.kind === 'directory' && this.#contains(node, place),
    )
  }

  #checkReplaceable(node: Node, replaced: Node): void {
    if (node.kind === 'file' && replaced.kind === 'directory') throw fileError('is-directory')
    if (node.kind === 'directory' && replaced.kind === 'file') throw fileError('not-directory')
    if (replaced.kind === 'directory' && this.#list(replaced).length > 0)
      throw fileError('not-empty')
  }

  #mayChange(): void {
    if (!this.#area.writable) throw fileError('read-only')
    // https://github.com/WebAssembly/WASI/blob/v0.2.12/wasip2/filesystem/types.wit: the code for a missing mutate-directory
    if (this.#node.kind === 'directory' && !this.#mutates) throw fileError('read-only')
    if (this.#node.kind === 'file' && this.#flags.write !== true) throw fileError('not-permitted')
  }

  #readable(): FileNode {
    if (this.#node.kind !== 'file') throw fileError('is-directory')
    if (this.#flags.read !== true) throw fileError('bad-descriptor')
    return this.#node
  }

  #writable(): FileNode {
    if (this.#node.kind !== 'file') throw fileError('is-directory')
    if (this.#flags.write !== true) throw fileError('bad-descriptor')
    this.#mayChange()
    return this.#node
  }

  #source(offset: bigint): ByteSource {
    const file = this.#readable()
    // Negative for systems, whose offsets have a sign.
    if (offset >= SIGN_BIT) throw fileError('invalid')
    const { held, isGranted, work } = this.#place
    const granted = (): FileNode => {
      if (isGranted()) return file
      throw fileStreamError('access')
    }
    return fileSource(granted, { start: toOffset(offset), work, hold: holdIn(held, file) })
  }

  #sink(position: Position): GuestSink {
    const file = this.#writable()
    let next = position === 'end' ? undefined : toOffset(position)
    return sinkOf((bytes) => {
      if (this.#closed) throw fileStreamError('bad-descriptor')
      if (!this.#place.isGranted()) throw fileStreamError('access')
      asStreamError(() => this.#write(file, next ?? file.size, bytes))
      if (next !== undefined) next += bytes.byteLength
    })
  }

  static {
    invocationOf = (descriptor) => descriptor.#place.invocation
    sourceAt = (descriptor, offset) => descriptor.#source(offset)
    sinkAt = (descriptor, position) => descriptor.#sink(position)
    entriesOf = (descriptor) => descriptor.#list(descriptor.#directory())
  }
}

// A guest chooses the types of its imports, so a number that counts for a quota must be checked.
function toOffset(offset: unknown): number {
  if (typeof offset !== 'bigint' || offset < 0n) throw new TypeError('Cannot use offset: not a u64')
  if (offset > MAX_OFFSET) throw fileError('file-too-large')
  return Number(offset)
}

function existing({ node }: Place): Node {
  if (node === undefined) throw fileError('no-entry')
  return node
}
