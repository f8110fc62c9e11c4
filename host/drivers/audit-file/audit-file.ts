/**
 * Writes one chain of audit records to a file of its own.
 *
 * Each thread has a writer, so that no request waits for another thread. `append` only queues. Records are
 * encoded and hashed in batches, written and signed at intervals. What has not reached the
 * kernel is lost when the process is killed: at most `FLUSH_MS` of records. Power cuts lose more, at most
 * `SYNC_MS`. Beside the file a `.head` file keeps the latest head, so that records cut off its end are missed.
 *
 * When writing fails nothing is dropped: it is tried again, and with `required` the writer says that nothing
 * may run until then. Without it records beyond `MAX_QUEUED` are lost, counted, and the count is recorded.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { closeSync, fdatasync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  AuditChain,
  headLine,
  type AuditEvent,
  type AuditSink,
  type SignedHead,
} from '../../../runtime/audit/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { AuditKey } from './audit-key.ts'

export interface AuditFileOptions {
  readonly directory: string
  /** `main`, `worker-1`: of letters, digits and dashes. */
  readonly writer: string
  /** Of this start of the host, the same for all its writers. */
  readonly host: string
  readonly key: AuditKey
  /**
   * Whether agents are refused while records cannot be written.
   *
   * @default false
   */
  readonly required?: boolean
  /** Told when writing fails, and when it works again. Must not throw. */
  readonly onFailure?: (reason: string | undefined) => void
  /** What the first record says beside writer, host and key. */
  readonly first?: Partial<AuditEvent>
  /**
   * Writes bytes of a buffer to a file descriptor and returns how many; for tests.
   *
   * @default node:fs writeSync
   */
  readonly write?: (descriptor: number, bytes: Uint8Array) => number
}

export const FLUSH_MS = 50
export const SYNC_MS = 1_000
export const AUDIT_SUFFIX = '.audit'
export const HEAD_SUFFIX = '.head'

// A quarter of a millisecond of work: what a request that comes meanwhile waits.
const BATCH_RECORDS = 64
// A guest that never lets its thread go pays for its own records, and whoever comes after it does not.
const MAX_BATCH_RECORDS = 4 * BATCH_RECORDS
const MAX_TEXT_LENGTH = 256 * 1024
// Some 30 MB: an hour of a disk that is full on a quiet host, a second of one on a busy one.
const MAX_QUEUED = 100_000

interface Queued {
  readonly event: AuditEvent
  readonly timeMs: number
}

export class AuditFile implements AuditSink {
  readonly file: string
  readonly #options: AuditFileOptions
  readonly #chain = new AuditChain((text) => hash('sha256', text))
  readonly #descriptor: number
  readonly #headDescriptor: number
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
    const { directory, writer, host, key } = options
    this.file = join(directory, `${host}-${writer}${AUDIT_SUFFIX}`)
    try {
      this.#descriptor = openSync(this.file, 'ax', 0o600)
      this.#headDescriptor = openSync(this.file + HEAD_SUFFIX, 'wx', 0o600)
    } catch (cause) {
      const reason = reasonOf(cause)
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot open audit log "${this.file}": ${reason}`,
        { cause, hint: 'Choose another directory with --data, or --audit off' },
      )
    }
    this.append({ kind: 'open', writer, host, key: key.publicKey, ...options.first })
    this.flush()
  }

  get blocked(): string | undefined {
    return this.#options.required === true ? this.#failure : undefined
  }

  /** Of the file, without its folder. */
  get name(): string {
    return basename(this.file)
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

  /** Writes what is queued, as far as the disk takes it. */
  flush(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#timer = this.#immediate = undefined
    if (this.#closed) return
    try {
      this.#writeRest()
      this.#encode()
      if (this.#text !== '') {
        this.#rest = this.#signed()
        this.#writeRest()
      }
      this.#settle(undefined)
    } catch (error) {
      this.#settle(reasonOf(error))
      this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
    }
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
      fdatasyncSync(this.#descriptor)
    } catch {
      // What the disk does not take now is lost with the process; `onFailure` has been told.
    }
    closeSync(this.#descriptor)
    closeSync(this.#headDescriptor)
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

  #writeRest(): void {
    const { write = writeSync } = this.#options
    while (this.#rest !== undefined) {
      const written = write(this.#descriptor, this.#rest)
      if (written < this.#rest.length) {
        // A disk that is nearly full takes a part; the next attempt says why.
        this.#rest = this.#rest.subarray(written)
        continue
      }
      this.#rest = undefined
      // After the records: a head that is ahead of them would look as if some had been cut off.
      this.#writeHead()
    }
    this.#sync()
  }

  /** Always of one length, so that it can be written over itself. */
  #writeHead(): void {
    if (this.#head === undefined) return
    const { sequence, hash: at, signature } = this.#head
    const text = `head ${String(sequence).padStart(15, '0')} ${at} ${signature}\n`
    writeSync(this.#headDescriptor, text, 0, 'latin1')
  }

  #sync(): void {
    const now = performance.now()
    if (now - this.#syncedAt < SYNC_MS || this.#closed) return
    this.#syncedAt = now
    // In a thread of its own; the next write reports what is wrong.
    fdatasync(this.#descriptor, () => {})
  }

  #settle(failure: string | undefined): void {
    if (failure === this.#failure) return
    this.#failure = failure
    this.#options.onFailure?.(failure)
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  return REASONS[code ?? ''] ?? code ?? String(error)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EFBIG: 'the file may not grow further',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'not writable for this user',
  ENOENT: 'no such directory',
}
