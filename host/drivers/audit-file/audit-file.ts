/**
 * Writes one chain of audit records to one file.
 *
 * Each thread has a writer, so that no request waits for another thread. `append` only queues. Records are encoded
 * and hashed in batches, written and signed at intervals. When the process is killed, records that have not reached
 * the kernel are lost: at most those of `FLUSH_MS`. A power cut loses more, at most those of `SYNC_MS`. Beside the
 * file a `.head` file keeps the latest head, so that a cut at the end of the file is noticed.
 *
 * A segment that has grown past its bound is closed with a record that names the next segment. The next one begins
 * with the last head of this one: sequence and hashes run through all segments. The new file is made before the old
 * one is closed, so that a file that a record names always exists.
 *
 * When writing fails no record is dropped: the writer tries again. With `required` it says that no agent may run until
 * then. Without `required` it drops records beyond `MAX_QUEUED`, counts them, and records the count.
 *
 * Longer than other files: queue, batches, segments and failures are one order of writing.
 *
 * @module
 */

import { fdatasync, fdatasyncSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  AuditChain,
  headLine,
  type AuditEvent,
  type AuditSink,
  type SignedHead,
} from '../../../runtime/audit/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { sha256 } from '../../digest/index.ts'
import type { AuditKey } from './audit-key.ts'
import { OpenSegment } from './open-segment.ts'
import { segmentName } from './segment-name.ts'
import { writeFailure } from './write-failure.ts'

/** Where a chain is written, and by which writer. */
export interface AuditFileOptions {
  /** Of the log. It must be there. */
  readonly directory: string
  /** `main`, `worker-1`: of letters, digits and dashes. */
  readonly writer: string
  /** Of this start of the host, the same for all its writers. */
  readonly host: string
  /** What signs the heads of the chain. */
  readonly key: AuditKey
  /**
   * Whether agents are refused while records cannot be written.
   *
   * @default false
   */
  readonly required?: boolean
  /**
   * Bytes a file may grow to before the chain continues in another file. The file ends up larger by the records of one
   * interval.
   *
   * @default 67_108_864
   */
  readonly segmentBytes?: number
  /** Called when writing fails, and when it works again. Must not throw. */
  readonly onFailure?: (reason: string | undefined) => void
  /** Fields of the first record beside writer, host and key. */
  readonly first?: Partial<AuditEvent>
  /**
   * Writes bytes of a buffer to a file descriptor and returns how many; for tests.
   *
   * @default node:fs writeSync
   */
  readonly write?: (descriptor: number, bytes: Uint8Array) => number
}

export const FLUSH_MS = 50
const SYNC_MS = 1_000
export const SEGMENT_BYTES: number = 64 * 1024 * 1024

// A quarter of a millisecond of work: a request that comes meanwhile waits that long.
const BATCH_RECORDS = 64
// A guest that keeps its thread busy pays for its own records, so that the next guest does not.
const MAX_BATCH_RECORDS = 4 * BATCH_RECORDS
const MAX_TEXT_LENGTH = 256 * 1024
// Some 30 MB: an hour of a disk that is full on a quiet host, a second of one on a busy one.
const MAX_QUEUED = 100_000

interface Queued {
  readonly event: AuditEvent
  readonly timeMs: number
}

/**
 * An audit sink: a hash-chained, signed file for each writer. When the process is killed, records that have not reached
 * the kernel are lost: 50 ms of records at most.
 */
export class AuditFile implements AuditSink {
  readonly #options: AuditFileOptions
  readonly #chain = new AuditChain(sha256)
  #segment: OpenSegment
  /** Made, and not yet begun: the record that closes the one before is not written yet. */
  #next: OpenSegment | undefined
  #queue: Queued[] = []
  /** Encoded, and not yet signed. */
  #text = ''
  /** Signed, and not yet written. */
  #rest: Uint8Array | undefined
  /** Of all that is encoded. */
  #head: SignedHead | undefined
  #lost = 0
  #failure: string | undefined
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #syncedAt = 0
  #closed = false

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  constructor(options: AuditFileOptions) {
    this.#options = options
    const { writer, host, key } = options
    try {
      this.#segment = this.#open(1)
    } catch (cause) {
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot open audit log "${this.#fileOf(1)}": ${writeFailure(cause)}`,
        { cause, hint: 'Choose another directory with --data, or --audit off' },
      )
    }
    this.append({ kind: 'open', writer, host, key: key.publicKey, ...options.first })
    this.flush()
  }

  get blocked(): string | undefined {
    return this.#options.required === true ? this.#failure : undefined
  }

  /** Why it cannot be written now. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Where it writes now. */
  get file(): string {
    return this.#fileOf(this.#segment.number)
  }

  /** Of the file, without its folder. */
  get name(): string {
    return this.#nameOf(this.#segment.number)
  }

  append(event: AuditEvent): void {
    if (this.#queue.length >= MAX_QUEUED || this.#closed) {
      this.#lost++
      return
    }
    this.#queue.push({ event, timeMs: Date.now() })
    // A host that has nothing else to do may end: it closes its writers.
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
    if (this.#queue.length < BATCH_RECORDS || this.#failure !== undefined) return
    if (this.#queue.length < MAX_BATCH_RECORDS) {
      this.#immediate ??= setImmediate(() => this.#encode())
    } else if (this.#text.length < MAX_TEXT_LENGTH) this.#encode()
    else this.flush()
  }

  /** Writes the queue, as far as the disk takes it. Returns whether the whole queue is written. */
  flush(): boolean {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#timer = this.#immediate = undefined
    if (this.#closed) return false
    try {
      this.#writeRest()
      this.#encode()
      this.#writeText()
      if (this.#segment.bytes >= (this.#options.segmentBytes ?? SEGMENT_BYTES)) this.#rotate()
      this.#settle(undefined)
      return true
    } catch (error) {
      this.#settle(writeFailure(error))
      this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
      return false
    }
  }

  /** Waits until all written records would outlast a power cut. */
  sync(): void {
    fdatasyncSync(this.#segment.descriptor)
  }

  /** Writes all there is and a last record. */
  close(): void {
    if (this.#closed) return
    this.append({ kind: 'close', writer: this.#options.writer })
    this.flush()
    this.#closed = true
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    try {
      this.sync()
    } catch {
      // Records that the disk does not take now are lost with the process; `onFailure` was called.
    }
    for (const segment of [this.#segment, this.#next]) segment?.close()
  }

  #fileOf(number: number): string {
    return join(this.#options.directory, this.#nameOf(number))
  }

  #nameOf(number: number): string {
    const { host, writer } = this.#options
    return segmentName({ chain: `${host}-${writer}`, number })
  }

  #open(number: number): OpenSegment {
    return new OpenSegment(this.#fileOf(number), number)
  }

  #encode(): void {
    clearImmediate(this.#immediate)
    this.#immediate = undefined
    const batch = this.#queue
    this.#queue = []
    for (const { event, timeMs } of batch) this.#text += this.#chain.add(event, timeMs)
    if (this.#lost > 0) {
      this.#text += this.#chain.add({ kind: 'gap', count: this.#lost }, Date.now())
      this.#lost = 0
    }
  }

  #signed(): Uint8Array {
    this.#head = this.#options.key.sign(this.#chain.head)
    const text = this.#text + headLine(this.#head)
    this.#text = ''
    return Buffer.from(text, 'latin1')
  }

  #writeText(): void {
    if (this.#text === '') return
    this.#rest = this.#signed()
    this.#writeRest()
  }

  #writeRest(): void {
    const { write = writeSync } = this.#options
    while (this.#rest !== undefined) {
      const written = write(this.#segment.descriptor, this.#rest)
      this.#segment.bytes += written
      if (written < this.#rest.length) {
        // A disk that is nearly full takes a part; the next attempt says why.
        this.#rest = this.#rest.subarray(written)
        continue
      }
      this.#rest = undefined
      // After the records: a head that is ahead of them would look as if some had been cut off.
      if (this.#head !== undefined) this.#segment.writeHead(this.#head)
      if (this.#next !== undefined) this.#begin(this.#next)
    }
    this.#sync()
  }

  /** Makes the next segment and closes this one. */
  #rotate(): void {
    const { number } = this.#segment
    try {
      this.#next = this.#open(number + 1)
    } catch {
      // This segment takes more records; if that fails as well, the next write reports it.
      return
    }
    const { writer } = this.#options
    const close = {
      kind: 'close',
      writer,
      reason: 'rotated',
      file: this.#nameOf(number + 1),
    } as const
    this.#text = this.#chain.add(close, Date.now())
    this.#writeText()
    // The head that begins the next segment.
    this.#writeText()
  }

  /** Continues the chain in `next`, because this segment is closed. */
  #begin(next: OpenSegment): void {
    const { writer, host, key } = this.#options
    const before = this.name
    const closed = this.#segment
    fdatasync(closed.descriptor, () => closed.close())
    this.#segment = next
    this.#next = undefined
    if (this.#head === undefined) return
    const { sequence, hash: head } = this.#head
    const open = { kind: 'open', writer, host, key: key.publicKey, reason: 'rotated' } as const
    // By itself, so that the `.head` file says as much: records without it would look like some that were cut off.
    this.#rest = Buffer.from(headLine(this.#head), 'latin1')
    this.#text += this.#chain.add({ ...open, file: before, count: sequence, head }, Date.now())
  }

  #sync(): void {
    const now = performance.now()
    if (now - this.#syncedAt < SYNC_MS || this.#closed) return
    this.#syncedAt = now
    // It runs in another thread; the next write reports an error.
    fdatasync(this.#segment.descriptor, () => {})
  }

  #settle(failure: string | undefined): void {
    if (failure === this.#failure) return
    this.#failure = failure
    this.#options.onFailure?.(failure)
  }
}
