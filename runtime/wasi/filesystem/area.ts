/**
 * A tree of files that an agent was granted: what a driver implements, and what descriptors work on.
 *
 * There are no links, neither hard nor symbolic, so a path cannot lead out of the directory it starts from.
 * Methods throw `fileError` for what a guest is to be told.
 *
 * @module
 */

/** A file, as long as it has a name or a descriptor refers to it. */
export interface FileNode {
  readonly kind: 'file'
  /** Two nodes of one file have one id. */
  readonly id: bigint
  readonly size: number
  readonly modifiedMs: number
  /** Whether it has a name. */
  readonly linked: boolean
  /** A copy of the bytes from `start`, up to `end` or the end of the file. */
  read(start: number, end: number): Uint8Array
  write(offset: number, contents: Uint8Array): void
  resize(size: number): void
  touch(modifiedMs: number): void
  /** A descriptor refers to it, or no longer does: it can be read until then, also without a name. */
  open(): void
  close(): void
}

/** A directory. There are no links in it. */
export interface DirectoryNode {
  readonly kind: 'directory'
  readonly id: bigint
  readonly modifiedMs: number
  readonly linked: boolean
  get(name: string): Node | undefined
  list(): [name: string, node: Node][]
  touch(modifiedMs: number): void
}

/** What has a name in a directory. */
export type Node = FileNode | DirectoryNode

/**
 * A tree of files that one agent was granted. Its methods throw `fileError`. `FILES_CONFORMANCE` is what each must do.
 */
export interface FileArea {
  readonly root: DirectoryNode
  readonly writable: boolean
  now(): number
  addFile(parent: DirectoryNode, name: string): FileNode
  addDirectory(parent: DirectoryNode, name: string): DirectoryNode
  /** Takes the name away. The bytes of a file go with the last descriptor that has it. */
  remove(parent: DirectoryNode, name: string, node: Node): void
  /** Nothing is at `newName`. */
  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string, node: Node): void
}

/** Areas that outlive an invocation. */
export type KeptArea = 'input' | 'output'

/** Which area to open, and how much may be in it. */
export interface OpenAreaOptions {
  readonly agent: string
  readonly area: KeptArea
  readonly writable: boolean
  /** All that is in it, names included. */
  readonly maxBytes: number
}

/** Where the files of agents are kept. */
export interface FilesDriver {
  readonly name: string
  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  open(options: OpenAreaOptions): FileArea
}
