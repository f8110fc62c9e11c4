/**
 * The certificate of a host and its key, read from files, and again when these change.
 *
 * A pair that is no pair changes nothing: the one before goes on being served, and the log says why.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { MayflyError } from '../../../runtime/errors/index.ts'

/** Where a certificate and its key are. */
export interface TlsFiles {
  /** PEM: the certificate of the host first, then those that lead to one that clients know. */
  readonly cert: string
  /** PEM, without a passphrase. */
  readonly key: string
}

/** What connections are made secure with, in PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** Takes what an operator should know. */
export interface TlsLog {
  info(facts: object, message: string): void
  error(facts: object, message: string): void
}

// Certificates are renewed days before they end.
const LOOK_MS = 10_000

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a file cannot be read, or they are no pair */
export function readTls(files: TlsFiles): TlsPair {
  const pair = { cert: read(files.cert), key: read(files.key) }
  try {
    createSecureContext(pair)
  } catch (cause) {
    throw unusable(`"${files.cert}" and "${files.key}" are no certificate with its key`, cause)
  }
  return pair
}

/**
 * Has `onPair` called with each new pair, after a change of the files or `SIGHUP`.
 *
 * @returns what ends it
 */
export function followTls(
  files: TlsFiles,
  onPair: (pair: TlsPair) => void,
  log: TlsLog,
): Disposable {
  let known = stateOf(files)
  const load = (): void => {
    known = stateOf(files)
    try {
      const pair = readTls(files)
      onPair(pair)
      const { validTo } = new X509Certificate(pair.cert)
      log.info({ event: 'tls', validTo }, 'Serving another certificate')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ event: 'tls', error: reason }, 'Serving the certificate before')
    }
  }
  const look = (): void => {
    if (stateOf(files) !== known) load()
  }
  const timer = setInterval(look, LOOK_MS).unref()
  process.on('SIGHUP', load)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      process.off('SIGHUP', load)
    },
  }
}

/** Changes with the files, also where a name is a link that leads elsewhere now. */
function stateOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false })
      return `${found?.ino} ${found?.mtimeMs} ${found?.size}`
    })
    .join()
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unusable(`"${file}" cannot be read`, cause)
  }
}

function unusable(reason: string, cause: unknown): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot serve over TLS: ${reason}`, {
    cause,
    hint: 'Give files in PEM, the key without a passphrase, with --tls-cert and --tls-key',
  })
}
