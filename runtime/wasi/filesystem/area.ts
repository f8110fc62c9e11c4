/**
 * A tree of files in memory, with a bound on all that is in it.
 *
 * There are no links, neither hard nor symbolic, so a path cannot lead out of the directory it starts from.
 *
 * @module
 */
import { fileError } from './file-error.ts'

export interface FileNode {
  readonly kind: 'file'
  readonly id: bigint
  /** At least `size` bytes. */
  bytes: Uint8Array
  size: number
  modifiedMs: number
  /** Descriptors that refer to it: what they can still read counts, also when it has no name any more. */
  opened: number
  linked: boolean
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly id: bigint
  readonly entries: Map<string, Node>
  modifiedMs: number
  linked: boolean
}

export type Node = FileNode | DirectoryNode

export interface AreaOptions {
  readonly writable: boolean
  readonly maxBytes: number
  readonly now: () => number
}

// What a file costs beside its bytes, so that a million empty ones are not free.
const NODE_BYTES = 512

export class Area {
  readonly root: DirectoryNode
  readonly writable: boolean
  readonly now: () => number
  readonly #maxBytes: number
  #usedBytes = 0
  #ids = 0n

  constructor({ writable, maxBytes, now }: AreaOptions) {
    this.writable = writable
    this.now = now
    this.#maxBytes = maxBytes
    this.root = this.#directory()
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  addFile(parent: DirectoryNode, name: string): FileNode {
    this.#charge(NODE_BYTES + name.length)
    const node: FileNode = {
      kind: 'file',
      id: ++this.#ids,
      bytes: new Uint8Array(0),
      size: 0,
      modifiedMs: this.now(),
      opened: 0,
      linked: true,
    }
    this.#link(parent, name, node)
    return node
  }

  addDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    this.#charge(NODE_BYTES + name.length)
    const node = this.#directory()
    this.#link(parent, name, node)
    return node
  }

  /** Takes the name away. The bytes of a file go with the last descriptor that has it. */
  remove(parent: DirectoryNode, name: string, node: Node): void {
    parent.entries.delete(name)
    parent.modifiedMs = this.now()
    node.linked = false
    this.#usedBytes -= NODE_BYTES + name.length
    if (node.kind === 'file') this.collect(node)
  }

  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string, node: Node): void {
    this.#charge(newName.length)
    this.#usedBytes -= name.length
    from.entries.delete(name)
    from.modifiedMs = this.now()
    this.#link(to, newName, node)
  }

  /** Gives the bytes of `node` back when nobody can reach them. */
  collect(node: FileNode): void {
    if (node.linked || node.opened > 0) return
    this.#usedBytes -= node.size
    node.bytes = new Uint8Array(0)
    node.size = 0
  }

  resize(node: FileNode, size: number): void {
    const before = node.size
    if (size > before) this.#charge(size - before)
    else this.#usedBytes -= before - size
    if (size > node.bytes.byteLength) {
      const grown = new Uint8Array(Math.min(Math.max(size, before * 2), this.#maxBytes))
      grown.set(node.bytes.subarray(0, before))
      node.bytes = grown
    } else if (size < before) node.bytes.fill(0, size, before)
    node.size = size
    node.modifiedMs = this.now()
  }

  write(node: FileNode, offset: number, contents: Uint8Array): void {
    const end = offset + contents.byteLength
    if (end > node.size) this.resize(node, end)
    node.bytes.set(contents, offset)
    node.modifiedMs = this.now()
  }

  #directory(): DirectoryNode {
    return {
      kind: 'directory',
      id: ++this.#ids,
      entries: new Map(),
      modifiedMs: this.now(),
      linked: true,
    }
  }

  #link(parent: DirectoryNode, name: string, node: Node): void {
    parent.entries.set(name, node)
    parent.modifiedMs = this.now()
  }

  #charge(bytes: number): void {
    if (this.#usedBytes + bytes > this.#maxBytes) throw fileError('quota')
    this.#usedBytes += bytes
  }
}
