/**
 * Checks before a host starts: each failed check reports one line.
 *
 * @module
 */

import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, resolve } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { HAS_STACK_SWITCHING, STACK_SWITCHING_HINT } from '../../../runtime/link/index.ts'
import { listen } from './listen.ts'
import { requireNode } from '../../../runtime/presets/index.ts'
import { makePrivate } from './private-directory.ts'

const PRIVATE = 0o700

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
export function checkPlatform(): void {
  requireNode()
  if (HAS_STACK_SWITCHING) return
  throw new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot run agents on Node ${process.versions.node}: it lacks WebAssembly stack switching (JSPI)`,
    { hint: STACK_SWITCHING_HINT },
  )
}

/**
 * Makes the directory if it does not exist, for this user only.
 *
 * @returns paths in it that were open to other users and are closed now
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function checkDirectory(directory: string): string[] {
  try {
    makeDirectory(resolve(directory), PRIVATE)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot write to data directory "${directory}": ${REASONS[codeOf(cause)] ?? codeOf(cause)}`,
      { cause, hint: 'Choose another with --data, or make it writable for this user' },
    )
  }
  return makePrivate(directory)
}

/**
 * Makes sure that no other program listens on the port, and settles which port 0 stands for.
 *
 * The workers share the port, and by the same option another host of this user would share it with them: each host would
 * answer half of the requests. Only a bind without the option detects that.
 *
 * @returns the port, and the address of the host's name
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export async function checkPort(host: string, port: number): Promise<AddressInfo> {
  const probe = createServer()
  await listen(probe, { host, port, reusePort: false })
  // A TCP server that listens has no other kind.
  const bound = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return bound
}

/** Not `mkdirSync` with `recursive`: below /proc that never returns (Node 26). */
function makeDirectory(directory: string, mode?: number): void {
  if (existsSync(directory)) {
    if (!statSync(directory).isDirectory()) throw Object.assign(new Error(), { code: 'EEXIST' })
    return
  }
  makeDirectory(dirname(directory))
  mkdirSync(directory, { mode })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not writable for this user',
  EPERM: 'not writable for this user',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  ENOENT: 'no folder can be made there',
}
