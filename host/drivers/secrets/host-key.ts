/**
 * The key under which a host keeps secrets: 32 random bytes in a file that only its owner may read.
 *
 * It encrypts nothing itself: each use has a key that is derived of it. The file may have two keys while the host changes
 * from one to the other. The first encrypts, and each opens what it has encrypted.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { fromBase64, toBase64 } from '../../../runtime/encoding/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { replaceFileSync } from '../../files/index.ts'
import { readPrivateFile } from './read-private-file.ts'

export interface HostKey {
  /** Tells keys apart, and nothing else about them. */
  readonly id: string
  /** As the file has it. */
  readonly text: string
  /** Encrypts values. */
  readonly values: CryptoKey
  /** Signs the list of secrets. */
  readonly list: CryptoKey
}

const KEY_BYTES = 32
const ID_BITS = 64
const FILE_MODE = 0o600

/**
 * Returns the keys of `file`; none when there is no such file.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export async function readHostKeys(file: string): Promise<readonly HostKey[]> {
  if (!existsSync(file)) return []
  const lines = readPrivateFile(file).split('\n')
  const keys = await Promise.all(lines.filter((line) => line !== '').map(keyOf))
  const known = keys.filter((key) => key !== undefined)
  if (known.length === keys.length && known.length > 0) return known
  throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read host key "${file}": it has none`, {
    hint: 'Put the file back as it was: without it the secrets of mayfly secret cannot be read',
    facts: { file },
  })
}

export async function makeHostKey(): Promise<HostKey> {
  return derive(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
export function writeHostKeys(file: string, keys: readonly HostKey[]): void {
  const text = keys.map((key) => `${key.text}\n`).join('')
  try {
    replaceFileSync(file, text, { mode: FILE_MODE, isDurable: true })
  } catch (cause) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot write host key "${file}"`, {
      cause,
      hint: 'Make the file and its folder writable for this user',
      facts: { file },
    })
  }
}

async function keyOf(line: string): Promise<HostKey | undefined> {
  try {
    const bytes = fromBase64(line, 'base64url')
    return bytes.length === KEY_BYTES ? await derive(bytes) : undefined
  } catch {
    return undefined // No cause: it would quote a part of the key
  }
}

// https://www.rfc-editor.org/rfc/rfc5869: the input is uniform already, so there is no salt, and `info` separates uses.
async function derive(bytes: Uint8Array<ArrayBuffer>): Promise<HostKey> {
  const { subtle } = crypto
  const secret = await subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits'])
  const by = (use: string): HkdfParams => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`mayfly secrets 1, ${use}`),
  })
  const aes = { name: 'AES-GCM', length: 256 }
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  const [id, values, list] = await Promise.all([
    subtle.deriveBits(by('id'), secret, ID_BITS),
    subtle.deriveKey(by('values'), secret, aes, false, ['encrypt', 'decrypt']),
    subtle.deriveKey(by('list'), secret, hmac, false, ['sign', 'verify']),
  ])
  return {
    id: toBase64(new Uint8Array(id), 'base64url'),
    text: toBase64(bytes, 'base64url'),
    values,
    list,
  }
}
