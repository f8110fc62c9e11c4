/**
 * How far the audit log of a host had come, kept outside of its directory.
 *
 * Without it, a host that starts after all chains were removed would begin a log that looks whole: the first record of the
 * new log names the file of the mark, which `verifyAudit` then misses. The mark has the version of the log as well, so that an
 * older host does not write into the log of a newer one.
 *
 * @module
 */

import type { AuditEvent } from '../../../runtime/audit/index.ts'
import type { AuditHead } from '../../control/index.ts'
import { MARK_FILE } from '../../data-directory/index.ts'
import {
  readState,
  unreadable,
  writeState,
  type StateFileKind,
  type StateStore,
} from '../../registry/index.ts'

const KIND: StateFileKind = {
  what: 'mark of the audit log',
  version: 1,
  hint: 'Put the file back. Without it the host cannot tell whether its audit log is whole',
}

/** Of the newest segment of `main`. */
export type AuditMark = Pick<AuditHead, 'file' | 'sequence' | 'hash'>

/**
 * @returns `undefined` before a host has recorded anything
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it cannot be read, or a newer host wrote it
 */
export function readMark(state: StateStore): AuditMark | undefined {
  const mark = readState(state, MARK_FILE, KIND)
  if (mark === undefined) return undefined
  const { file, sequence, hash } = mark
  if (typeof file !== 'string' || typeof sequence !== 'number' || typeof hash !== 'string')
    throw unreadable(state.locate(MARK_FILE), KIND)
  return { file, sequence, hash }
}

/** @throws {Error} when it cannot be written */
export function writeMark(state: StateStore, { file, sequence, hash }: AuditMark): void {
  writeState(state, MARK_FILE, { version: KIND.version, file, sequence, hash })
}

/**
 * Fields about the log before, for the first record of a new `main`: of the newest chain that is there, or of the one in the
 * mark when that is newer, because it was removed then.
 *
 * @param found - `previousChain` of the directory
 */
export function chainBefore(
  found: Partial<AuditEvent>,
  mark: AuditMark | undefined,
): Partial<AuditEvent> {
  // Names begin with the time at which the host started. The same segment may have come further than the mark.
  if (mark === undefined || (found.file !== undefined && found.file >= mark.file)) return found
  return { file: mark.file, head: mark.hash, count: mark.sequence }
}
