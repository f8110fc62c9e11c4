/** How the text of a secret becomes a key of the platform, for each use that a manifest can name. @module */
import { fromBase64 } from '../../encoding/index.ts'
import type { KeyUse } from './grant.ts'

interface KeyReading {
  readonly format: 'raw' | 'pkcs8'
  readonly algorithm: Readonly<Record<string, unknown>> & { readonly name: string }
  readonly usages: readonly KeyUsage[]
  bytes(text: string): Uint8Array<ArrayBuffer>
}

const READINGS: Readonly<Record<KeyUse, KeyReading>> = {
  'hmac-sha1': hmac('SHA-1'),
  'hmac-sha256': hmac('SHA-256'),
  'hmac-sha384': hmac('SHA-384'),
  'hmac-sha512': hmac('SHA-512'),
  'aes-gcm': {
    format: 'raw',
    algorithm: { name: 'AES-GCM' },
    usages: ['encrypt', 'decrypt'],
    bytes: (text) => fromBase64(text),
  },
  'rsa-sha256': signing({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }),
  'ecdsa-p256-sha256': signing({ name: 'ECDSA', namedCurve: 'P-256' }),
  ed25519: signing({ name: 'Ed25519' }),
}

const encoder = new TextEncoder()

/**
 * Reads the secret `text` as a key that cannot be extracted.
 *
 * @throws what the platform throws when `text` is not such a key
 */
export async function readKey(text: string, use: KeyUse): Promise<CryptoKey> {
  const { format, algorithm, usages, bytes } = READINGS[use]
  return crypto.subtle.importKey(format, bytes(text), algorithm, false, usages)
}

function hmac(hash: string): KeyReading {
  return {
    format: 'raw',
    algorithm: { name: 'HMAC', hash },
    usages: ['sign', 'verify'],
    bytes: (text) => encoder.encode(text),
  }
}

function signing(algorithm: KeyReading['algorithm']): KeyReading {
  return { format: 'pkcs8', algorithm, usages: ['sign'], bytes: fromPem }
}

/** The bytes of a private key in PEM. A variable of an environment may have `\n` for the ends of lines. */
function fromPem(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replaceAll(String.raw`\n`, '').replaceAll(/-----[A-Z ]+-----|\s/g, ''))
}
