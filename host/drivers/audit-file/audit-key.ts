/**
 * The key that signs heads: Ed25519, in the directory of the log unless it is kept elsewhere.
 *
 * A reader of the key can forge a log. A key beside the log, for this user only, protects copies of the log, and
 * protects the log from other users of the machine. A key kept elsewhere protects it from more.
 *
 * @module
 */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { headText, type ChainHead, type SignedHead } from '../../../runtime/audit/index.ts'
import { toBase64 } from '../../../runtime/encoding/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'

/** The Ed25519 key that signs heads of the log. */
export interface AuditKey {
  /** In base64url. */
  readonly publicKey: string
  /** Signs how far a chain has come. */
  sign(head: ChainHead): SignedHead
}

/** Of the private key, in the directory of the log. */
export const KEY_FILE = 'audit.key'

/**
 * Reads the key, or makes one when the file is not there.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function auditKey(file: string): AuditKey {
  let key: KeyObject
  try {
    key = createPrivateKey(readOrMake(file))
  } catch (cause) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read audit key "${file}"`, {
      cause,
      hint: 'It must be an Ed25519 private key in PEM that this user can read',
    })
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot sign with "${file}": no Ed25519 key`)
  }
  return {
    publicKey: createPublicKey(key).export({ format: 'jwk' }).x ?? '',
    sign(head) {
      const signature = toBase64(sign(null, Buffer.from(headText(head)), key), 'base64url')
      return { ...head, signature }
    },
  }
}

/** The public key of the log in `directory`; nothing when its key is kept elsewhere. */
export function publicKeyOf(directory: string): string | undefined {
  try {
    const key = createPrivateKey(readFileSync(join(directory, KEY_FILE)))
    return createPublicKey(key).export({ format: 'jwk' }).x
  } catch {
    return undefined
  }
}

function readOrMake(file: string): Buffer | string {
  try {
    return readFileSync(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
  // Fails when another host has just made it: the next start reads that one.
  writeFileSync(file, pem, { mode: 0o600, flag: 'wx' })
  return pem
}
