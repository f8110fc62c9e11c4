/**
 * Where the key-value stores of agents are: `--kv`, or `MAYFLY_KV`.
 *
 * A password must not be an argument: other users of the machine see those, and so do logs of what was started.
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
    // Not what was given: it may hold a password.
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
    // The URL keeps a `%` as it is, and whoever reads the password of it would take it for an escape.
    url.password = encodeURIComponent(readPrivateFile(passwordFile).trim())
  }
  return url.href
}
