/**
 * The place of the agents' key-value stores: `--kv`, or `MAYFLY_KV`.
 *
 * A password must not be an argument: other users of the machine see arguments, and logs of processes have them.
 *
 * @module
 */

import { MayflyError } from '../../runtime/errors/index.ts'
import { readPrivateFile } from '../drivers/secrets/index.ts'

const SQLITE = 'sqlite'
const PROTOCOLS: readonly string[] = ['redis:', 'rediss:']
const EXAMPLE = 'redis://127.0.0.1:6379'

/**
 * The URL of a server that keeps them, or nothing when they are in files of the data directory.
 *
 * @throws {MayflyError} ERR_USAGE, ERR_HOST_UNAVAILABLE
 */
export function kvUrl(
  argument: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const text = argument ?? (environment['MAYFLY_KV'] || undefined)
  const passwordFile = environment['MAYFLY_KV_PASSWORD_FILE'] || undefined
  if (text === undefined || text === SQLITE) return undefined
  const url = URL.parse(text)
  if (url === null || !PROTOCOLS.includes(url.protocol) || url.hostname === '') {
    // The message does not quote the value: it may hold a password.
    throw new MayflyError(
      'ERR_USAGE',
      'Cannot use --kv: neither "sqlite" nor the URL of a server',
      {
        hint: `Such as ${EXAMPLE}, or rediss:// for TLS`,
      },
    )
  }
  if (argument !== undefined && url.password !== '') {
    throw new MayflyError(
      'ERR_USAGE',
      'Cannot use --kv: it holds a password, which others can see',
      {
        hint: 'Put the URL into MAYFLY_KV, or the password into the file of MAYFLY_KV_PASSWORD_FILE',
      },
    )
  }
  if (passwordFile !== undefined) {
    // A URL keeps a `%` as it is, and the driver would decode it as an escape.
    url.password = encodeURIComponent(readPrivateFile(passwordFile).trim())
  }
  return url.href
}
