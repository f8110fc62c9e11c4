/**
 * The file of a store of secrets: its entries, each encrypted, and a signature over the list of them.
 *
 * The signature shows that no entry was taken away or is of an older file. It cannot show that the whole file is an older
 * one.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { fromBase64, toBase64 } from '../../../runtime/encoding/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { replaceFileSync } from '../../files/index.ts'
import type { HostKey } from './host-key.ts'
import type { SealedSecret } from './sealed-secret.ts'

export interface SecretFile {
  /** The id of the host key that it is encrypted with. */
  readonly key: string
  readonly entries: readonly SealedSecret[]
  /** In base64url. */
  readonly signature: string
}

const VERSION = 1
const FILE_MODE = 0o600
const INDENT = 2

/**
 * Reads the file without a key: nothing in it is to be trusted before `checkSignature`.
 *
 * @returns nothing when there is no such file
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function readSecretFile(path: string): SecretFile | undefined {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw damaged(path, cause instanceof SyntaxError ? 'not JSON' : 'not readable', cause)
  }
  if (!isObject(value)) throw damaged(path, 'not an object')
  const { version, key, entries, signature } = value
  if (typeof version === 'number' && version > VERSION) {
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot read secrets "${path}": of version ${version}, this mayfly knows version ${VERSION}`,
      { hint: 'A newer mayfly wrote it: use that one', facts: { path, version } },
    )
  }
  if (version !== VERSION || typeof key !== 'string' || typeof signature !== 'string')
    throw damaged(path, 'not a store of secrets')
  if (!Array.isArray(entries) || !entries.every(isEntry))
    throw damaged(path, 'an entry is not a secret')
  return { key, entries, signature }
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE when the entries are not those that were written last */
export async function checkSignature(
  path: string,
  { entries, signature }: SecretFile,
  { list, id }: HostKey,
): Promise<void> {
  const isIntact = await crypto.subtle
    .verify('HMAC', list, fromBase64(signature, 'base64url'), signedText(id, entries))
    .catch(() => false)
  if (!isIntact) throw damaged(path, 'its entries are not those that mayfly wrote')
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
export async function writeSecretFile(
  path: string,
  { list, id }: HostKey,
  entries: readonly SealedSecret[],
): Promise<void> {
  const signed = await crypto.subtle.sign('HMAC', list, signedText(id, entries))
  const signature = toBase64(new Uint8Array(signed), 'base64url')
  const text = JSON.stringify({ version: VERSION, key: id, entries, signature }, undefined, INDENT)
  try {
    replaceFileSync(path, `${text}\n`, { mode: FILE_MODE, isDurable: true })
  } catch (cause) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot write secrets "${path}"`, {
      cause,
      hint: 'Make room in the data directory, and let this user write there',
      facts: { path },
    })
  }
}

/** @throws {MayflyError} always */
export function damaged(path: string, state: string, cause?: unknown): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read secrets "${path}": ${state}`, {
    cause,
    hint: 'It was damaged, or changed by another program: put a copy of it back, or remove it and set the secrets again',
    facts: { path },
  })
}

/** By place, not as the file writes it: the order of keys and unknown keys do not count. */
function signedText(key: string, entries: readonly SealedSecret[]): Uint8Array<ArrayBuffer> {
  const rows = entries.map(({ name, agent, hosts, version, setAt, nonce, box }) => [
    ...[name, agent ?? null, hosts ?? null, version, setAt, nonce, box],
  ])
  return new TextEncoder().encode(JSON.stringify([VERSION, key, rows]))
}

function isEntry(value: unknown): value is SealedSecret {
  if (!isObject(value)) return false
  const { name, agent, hosts, version, setAt, nonce, box } = value
  return (
    [name, setAt, nonce, box].every((each) => typeof each === 'string') &&
    typeof version === 'number' &&
    (agent === undefined || typeof agent === 'string') &&
    (hosts === undefined ||
      (Array.isArray(hosts) && hosts.every((each) => typeof each === 'string')))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
