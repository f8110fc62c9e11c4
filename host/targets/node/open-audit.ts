/**
 * The audit log of one thread of this host.
 *
 * @module
 */

import type { AuditEvent } from '../../../runtime/audit/index.ts'
import { AuditFile, auditKey } from '../../drivers/audit-file/index.ts'
import type { Logger } from './logger.ts'

/** Settings of a writer. Plain data, for a worker. */
export interface AuditSettings {
  readonly directory: string
  readonly keyFile: string
  /** Of this start of the host. */
  readonly host: string
  readonly required: boolean
  readonly segmentBytes: number
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
export function openAudit(
  { keyFile, ...settings }: AuditSettings,
  writer: string,
  logger: Logger,
  first: Partial<AuditEvent> = {},
): AuditFile {
  return new AuditFile({
    ...settings,
    writer,
    key: auditKey(keyFile),
    first,
    onFailure(reason) {
      const state = settings.required ? 'agents are refused until there is' : 'records may be lost'
      if (reason === undefined) logger.info({ event: 'audit' }, 'Audit log is written again')
      else logger.error({ event: 'audit', reason }, `Audit log cannot be written: ${state}`)
    },
  })
}

/** Sorts by time. */
export function newHostId(): string {
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
  return `${time}-${crypto.randomUUID().slice(0, 8)}`
}
