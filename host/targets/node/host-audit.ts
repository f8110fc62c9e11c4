/**
 * The audit log of the whole host: the chain of the main thread, and how far those of its workers have come.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  AUDIT_SUFFIX,
  headBeside,
  KEY_FILE,
  previousChain,
  type AuditFile,
} from '../../drivers/audit-file/index.ts'
import type { Logger } from './logger.ts'
import { auditDirectory, newHostId, openAudit, type AuditSettings } from './open-audit.ts'

export interface HostAuditOptions {
  readonly required: boolean
  /** @default one beside the log */
  readonly auditKey: string | undefined
  readonly logger: Logger
}

// What of a worker's chain could be put back unnoticed is at most this old.
const ANCHOR_INTERVAL_MS = 10_000

export class HostAudit {
  readonly main: AuditFile
  /** What a worker opens its own with. */
  readonly settings: AuditSettings
  /** The sequence number that was noted last, by file. */
  readonly #noted = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(main: AuditFile, settings: AuditSettings) {
    this.main = main
    this.settings = settings
    this.#timer = setInterval(() => this.#anchor(), ANCHOR_INTERVAL_MS).unref()
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  static async open(
    dataDirectory: string,
    { required, auditKey, logger }: HostAuditOptions,
  ): Promise<HostAudit> {
    const directory = auditDirectory(dataDirectory)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const keyFile = auditKey ?? join(directory, KEY_FILE)
    const settings = { directory, keyFile, host: newHostId(), required }
    const main = openAudit(settings, 'main', logger, await previousChain(directory))
    return new HostAudit(main, settings)
  }

  /** A worker has begun a chain. */
  follow(writer: string): void {
    const file = `${this.settings.host}-${writer}${AUDIT_SUFFIX}`
    this.#noted.set(file, -1)
    this.main.append({ kind: 'writer', writer, file })
  }

  /** Notes how far the workers have come, and ends. */
  close(): void {
    clearInterval(this.#timer)
    this.#anchor()
    this.main.close()
  }

  #anchor(): void {
    for (const [file, noted] of this.#noted) {
      const head = headBeside(this.settings.directory, file)
      if (head === undefined || head.sequence === noted) continue
      this.#noted.set(file, head.sequence)
      this.main.append({ kind: 'anchor', file, count: head.sequence, head: head.hash })
    }
  }
}
