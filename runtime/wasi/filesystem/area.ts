/**
 * A tree of files that an agent was granted: the contract between drivers and descriptors.
 *
 * There are no symbolic links, so a path cannot lead out of the directory it starts from. A file may have several names,
 * all of them in its area.
 * Methods throw `fileError` for errors that a guest may see.
 *
 * @module
 */

/** In nanoseconds since 1970. */
export interface FileTimes {
  readonly accessedNs: bigint
  readonly modifiedNs: bigint
}

/** A file, as long as it has a name or a descriptor refers to it. */
export interface FileNode {
  readonly kind: 'file'
  /** Two nodes of one file have one id. */
  readonly id: bigint
  /** In bytes. */
  readonly size: number
  /** When it was last changed, and read as far as the area notes that. */
  readonly times: FileTimes
  /** How many names it has. Without one it is there as long as it is open. */
  readonly links: number
  /** A copy of the bytes from `start`, up to `end` or the end of the file. */
  read(start: number, end: number): Uint8Array
  /**
   * Writes a copy of `contents`; what lies between the end and `offset` becomes zeros. Throws when the area is full.
   */
  write(offset: number, contents: Uint8Array): void
  /** Cuts it off, or adds zeros. Throws when the area is full. */
  resize(size: number): void
  /** Sets the times that are given. */
  touch(times: Partial<FileTimes>): void
  /**
   * A descriptor or a stream refers to it: it can be read and written until `close`, also without a name or under
   * another one.
   *
   * @throws {GuestError} when no more files can be open
   */
  open(): void
  /** Counterpart of `open`. */
  close(): void
}

/** A directory. It has one name. */
export interface DirectoryNode {
  readonly kind: 'directory'
  /** Two nodes of one directory have one id. */
  readonly id: bigint
  /** When it was last changed, and read as far as the area notes that. */
  readonly times: FileTimes
  /** Whether it has a name; the root has. */
  readonly linked: boolean
  /** What has the name, without following anything. */
  get(name: string): Node | undefined
  /** All names in it, in any order. */
  list(): [name: string, node: Node][]
  /** Sets the times that are given. */
  touch(times: Partial<FileTimes>): void
}

/** An entry of a directory. */
export type Node = FileNode | DirectoryNode

/**
 * A tree of files that one agent was granted. Its methods throw `fileError`. It must pass `FILES_CONFORMANCE`.
 */
export interface FileArea {
  /** Where every path begins. */
  readonly root: DirectoryNode
  /** Whether the grant lets the guest write. */
  readonly writable: boolean
  /** Milliseconds since 1970. */
  now(): number
  /** Makes an empty file. Throws when the area is full. */
  addFile(parent: DirectoryNode, name: string): FileNode
  /** Makes an empty directory. Throws when the area is full. */
  addDirectory(parent: DirectoryNode, name: string): DirectoryNode
  /** Gives a file of this area one more name, which nothing has. Its bytes count once. Throws when the area is full. */
  addLink(parent: DirectoryNode, name: string, file: FileNode): void
  /** Takes the name away. The bytes of a file go with its last name and the last that has it open. */
  remove(parent: DirectoryNode, name: string, node: Node): void
  /** Nothing is at `newName`. */
  move(from: DirectoryNode, name: string, to: DirectoryNode, newName: string, node: Node): void
}

/** Areas that outlive an invocation. */
export type KeptArea = 'input' | 'output'

/** Which area to open, and how much may be in it. */
export interface OpenAreaOptions {
  /** The name of the agent. */
  readonly agent: string
  /** Which of its areas. */
  readonly area: KeptArea
  /** Whether the grant lets the guest write. */
  readonly writable: boolean
  /** All that is in it, names included. */
  readonly maxBytes: number
}

/** Where the files of agents are kept. */
export interface FilesDriver {
  /** For messages and logs: `directory`. */
  readonly name: string
  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  open(options: OpenAreaOptions): FileArea
}
