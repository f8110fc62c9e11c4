/** `wasi:filesystem/types` directory-entry-stream: the entries that a directory had when it was read. @module */
import type { Node } from './area.ts'
import { typeOf } from './file-stat.ts'

export class DirectoryEntryStream {
  readonly #entries: [string, Node][]

  constructor(entries: [string, Node][]) {
    this.#entries = entries.reverse()
  }

  readDirectoryEntry(): object | undefined {
    const next = this.#entries.pop()
    return next && { type: typeOf(next[1]), name: next[0] }
  }
}
