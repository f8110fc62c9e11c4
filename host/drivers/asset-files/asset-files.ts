/**
 * Reads the content of assets from the file of their pack, which stays open: another version may take its place, and
 * requests for this one go on.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import {
  AssetTable,
  INDEX_HEAD_BYTES,
  indexEnd,
  readIndex,
  type AssetContent,
  type AssetRules,
  type ServedAssets,
} from '../../assets/index.ts'

// A read of a disk; what a client has not taken yet is held.
const CHUNK_BYTES = 65_536

const readAt = promisify(read)

/**
 * Opens the pack in `file`.
 *
 * @throws {Error} when it cannot be read
 */
export function openAssets(file: string, rules: AssetRules): ServedAssets {
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const head = readNow(descriptor, INDEX_HEAD_BYTES)
    const files = readIndex(readNow(descriptor, Math.min(indexEnd(head), size)), size)
    return { table: new AssetTable(files, rules), content: new FileContent(descriptor) }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

function readNow(descriptor: number, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes)
  return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, 0))
}

class FileContent implements AssetContent {
  readonly #descriptor: number
  #users = 0
  #isClosing = false

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async read(start: number, bytes: number): Promise<Uint8Array> {
    if (this.#isClosing) throw closed()
    return this.#readAll(start, bytes)
  }

  stream(start: number, bytes: number): ReadableStream<Uint8Array> {
    if (this.#isClosing) throw closed()
    const use = this.#use()
    let at = start
    const end = start + bytes
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const chunk = await this.#readAll(at, Math.min(CHUNK_BYTES, end - at))
            at += chunk.length
            controller.enqueue(chunk)
            if (at < end) return
            controller.close()
          } catch (error) {
            controller.error(error)
          }
          use[Symbol.dispose]()
        },
        cancel: () => use[Symbol.dispose](),
      },
      { highWaterMark: 0 },
    )
  }

  close(): void {
    this.#isClosing = true
    this.#settle()
  }

  /** @throws {Error} when the file has been cut */
  async #readAll(start: number, bytes: number): Promise<Uint8Array> {
    // A stream may be cancelled while it reads.
    using _ = this.#use()
    const buffer = new Uint8Array(bytes)
    for (let got = 0; got < bytes;) {
      const { bytesRead } = await readAt(this.#descriptor, buffer, got, bytes - got, start + got)
      if (bytesRead === 0) throw new Error('Cannot read assets: the file has been cut')
      got += bytesRead
    }
    return buffer
  }

  #use(): Disposable {
    this.#users++
    let isOver = false
    return {
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        this.#users--
        this.#settle()
      },
    }
  }

  #settle(): void {
    if (this.#isClosing && this.#users === 0) closeSync(this.#descriptor)
  }
}

function closed(): Error {
  return new Error('Cannot read assets: they are closed')
}
