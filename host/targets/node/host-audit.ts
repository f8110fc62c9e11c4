/**
 * The audit log of the whole host: the chain of the main thread, with the positions of its workers' chains.
 *
 * @module
 */

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  auditKey as readAuditKey,
  headBeside,
  KEY_FILE,
  previousChain,
  removeOldest,
  SEGMENT_BYTES,
  segmentName,
  type AuditFile,
} from '../../drivers/audit-file/index.ts'
import type { AuditHead } from '../../control/index.ts'
import { auditDirectory } from '../../data-directory/index.ts'
import { directoryState } from '../../drivers/directory-state/index.ts'
import type { StateStore } from '../../registry/index.ts'
import { chainBefore, readMark, writeMark } from './audit-mark.ts'
import type { Logger } from './logger.ts'
import { newHostId, openAudit, type AuditSettings } from './open-audit.ts'

export interface HostAuditOptions {
  readonly required: boolean
  /** @default one beside the log */
  readonly auditKey: string | undefined
  /** @default that of `AuditFile`, or a sixteenth of `maxBytes` if that is less */
  readonly segmentBytes: number | undefined
  /** @default all of it is kept */
  readonly maxBytes: number | undefined
  readonly logger: Logger
}

/** How far the chain of another writer had come when that was noted last. */
interface Followed {
  /** The segment. */
  readonly number: number
  readonly sequence: number
}

// A worker's chain can be put back unnoticed by at most this time.
const INTERVAL_MS = 10_000
// Segments of a log with a bound: only whole segments are removed, and never open ones.
const SEGMENTS_KEPT = 16

export class HostAudit {
  readonly main: AuditFile
  /** Settings with which a worker opens its own chain. */
  readonly settings: AuditSettings
  readonly #maxBytes: number | undefined
  readonly #logger: Logger
  readonly #state: StateStore
  /** The segment that the mark names. */
  #marked = ''
  /** By chain. */
  readonly #followed = new Map<string, Followed>()
  readonly #timer: NodeJS.Timeout
  #removing = false

  constructor(
    main: AuditFile,
    settings: AuditSettings,
    { maxBytes, logger, state }: HostAuditOptions & { readonly state: StateStore },
  ) {
    this.main = main
    this.settings = settings
    this.#state = state
    this.#maxBytes = maxBytes
    this.#logger = logger
    this.#timer = setInterval(() => this.#attend(), INTERVAL_MS).unref()
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  static async open(dataDirectory: string, options: HostAuditOptions): Promise<HostAudit> {
    const { required, auditKey, maxBytes = Infinity, logger } = options
    const { segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / SEGMENTS_KEPT)) } = options
    const directory = auditDirectory(dataDirectory)
    const state = directoryState({ directory: dataDirectory })
    const mark = readMark(state)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const keyFile = auditKey ?? join(directory, KEY_FILE)
    const settings: AuditSettings = {
      directory,
      keyFile,
      host: newHostId(),
      required,
      segmentBytes,
    }
    const before = chainBefore(await previousChain(directory), mark)
    const main = openAudit(settings, 'main', logger, before)
    const audit = new HostAudit(main, settings, { ...options, state })
    audit.#mark()
    await audit.#retain()
    return audit
  }

  /** A worker has begun a chain. */
  follow(writer: string): void {
    const chain = `${this.settings.host}-${writer}`
    this.#followed.set(chain, { number: 1, sequence: -1 })
    this.main.append({ kind: 'writer', writer, file: segmentName({ chain, number: 1 }) })
  }

  /** How far each chain of this host has come. */
  heads(): AuditHead[] {
    const { directory } = this.settings
    const workers = [...this.#followed].map(([chain, { number }]) => segmentName({ chain, number }))
    return [this.main.name, ...workers].flatMap((file) => {
      const head = headBeside(directory, file)
      return head === undefined ? [] : [{ file, ...head }]
    })
  }

  /** Notes how far the workers have come, and ends. */
  close(): void {
    clearInterval(this.#timer)
    this.#anchor()
    this.main.close()
  }

  #attend(): void {
    this.#anchor()
    this.#mark()
    void this.#retain()
  }

  /** Keeps the name of the newest segment outside of the log. */
  #mark(): void {
    const { name } = this.main
    const head = name === this.#marked ? undefined : headBeside(this.settings.directory, name)
    if (head === undefined) return
    try {
      writeMark(this.#state, { file: name, ...head })
      this.#marked = name
    } catch (error) {
      this.#logger.error({ event: 'audit', error: String(error) }, 'Mark of the log not written')
    }
  }

  #anchor(): void {
    const { directory } = this.settings
    for (const [chain, { number, sequence }] of this.#followed) {
      let current = number
      while (existsSync(join(directory, segmentName({ chain, number: current + 1 })))) current++
      const file = segmentName({ chain, number: current })
      const head = headBeside(directory, file)
      if (head === undefined || head.sequence === sequence) continue
      this.#followed.set(chain, { number: current, sequence: head.sequence })
      this.main.append({ kind: 'anchor', file, count: head.sequence, head: head.hash })
    }
  }

  async #retain(): Promise<void> {
    const maxBytes = this.#maxBytes
    if (maxBytes === undefined || this.#removing) return
    this.#removing = true
    try {
      const { directory, keyFile, host } = this.settings
      const { publicKey } = readAuditKey(keyFile)
      const removed = await removeOldest({ directory, maxBytes, log: this.main, host, publicKey })
      if (removed.length > 0) {
        const text = removed.join(' ')
        this.#logger.info({ event: 'audit', files: text }, 'Oldest files of the audit log removed')
      }
    } catch (error) {
      this.#logger.error({ event: 'audit', error: String(error) }, 'Audit log cannot be shortened')
    } finally {
      this.#removing = false
    }
  }
}
