/** Files of a data directory that more than the part that writes them has to find. @module */

import { join, resolve } from 'node:path'

const AUDIT_DIRECTORY = 'audit'
export const LEDGER_FILE = 'agents.json'
export const MARK_FILE = 'audit.json'
const CONTROL_SOCKET = 'control.sock'

// https://man7.org/linux/man-pages/man7/unix.7.html, sun_path; less on other systems
const MAX_PATH_LENGTH = 103

/** Where the audit log is. */
export function auditDirectory(dataDirectory: string): string {
  return join(dataDirectory, AUDIT_DIRECTORY)
}

/** Where the mark is of how far the audit log had come. */
export function markFile(dataDirectory: string): string {
  return join(dataDirectory, MARK_FILE)
}

/** Where approvals are kept. */
export function ledgerFile(dataDirectory: string): string {
  return join(dataDirectory, LEDGER_FILE)
}

/** Where the socket of the control plane is; nothing when its path is too long for one. */
export function controlSocket(dataDirectory: string): string | undefined {
  const path = resolve(join(dataDirectory, CONTROL_SOCKET))
  return Buffer.byteLength(path) > MAX_PATH_LENGTH ? undefined : path
}
