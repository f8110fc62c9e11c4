/**
 * Keys that are imported while an agent is built, when there is no host: their text is made here, and the host reads it
 * when the key is used. So only then it is known whether the key can be read.
 *
 * @module
 */

import { decodeUtf8 } from '../../engine.ts'
import { fromBase64Url, toBase64Url } from './base64-url.ts'

interface Plan {
  readonly algorithm: {
    readonly name: string
    readonly hash?: string
    readonly namedCurve?: string
  }
  readonly extractable: boolean
  readonly usages: readonly string[]
}

const SECRET = ['HMAC', 'AES-GCM', 'AES-CBC', 'AES-CTR', 'AES-KW', 'HKDF', 'PBKDF2']
const RSA = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP']
const NAMES = [...SECRET, ...RSA, 'ECDSA', 'ECDH', 'Ed25519', 'X25519']

/**
 * The text of the key of `material`.
 *
 * @throws {Error} for a key that cannot be extracted: it would be in the component, for everyone to read
 */
export function keyTextAtBuild(format: string, material: Uint8Array, planText: string): string {
  // `planText` made it.
  const { algorithm, extractable, usages } = JSON.parse(planText) as Plan
  const name = NAMES.find((each) => each.toLowerCase() === algorithm.name.toLowerCase())
  if (name === undefined) {
    const message = `Cannot importKey: "${algorithm.name}" is not supported`
    throw new DOMException(message, 'NotSupportedError')
  }
  const jwk = format === 'jwk' ? (JSON.parse(decodeUtf8(material)) as JsonWebKey) : undefined
  const type = typeOf(format, name, jwk)
  if (!extractable && type !== 'public') {
    throw new Error(
      'Cannot import a key that cannot be extracted while the agent is built: its bytes would be in the component. Import it in the handler, or use a secret of the host: env.secrets.key(name)',
    )
  }
  const shown = {
    name,
    ...(algorithm.namedCurve === undefined ? {} : { namedCurve: algorithm.namedCurve }),
    ...(algorithm.hash === undefined ? {} : { hash: { name: algorithm.hash.toUpperCase() } }),
    ...(RSA.includes(name) ? modulus(material, jwk) : {}),
    ...(type === 'secret' ? { length: 8 * (jwk?.k ? fromBase64Url(jwk.k) : material).length } : {}),
  }
  const key = { type, extractable, usages, algorithm: shown, format }
  return JSON.stringify({ ...key, material: toBase64Url(material) })
}

function typeOf(format: string, name: string, jwk: JsonWebKey | undefined): string {
  if (SECRET.includes(name)) return 'secret'
  return format === 'pkcs8' || jwk?.d !== undefined ? 'private' : 'public'
}

function modulus(material: Uint8Array, jwk: JsonWebKey | undefined): object {
  const [n, e] =
    jwk === undefined
      ? integersOf(material).filter((each) => each.length > 0)
      : [fromBase64Url(jwk.n ?? ''), fromBase64Url(jwk.e ?? '')]
  if (n === undefined || e === undefined) throw new DOMException('Cannot importKey', 'DataError')
  return { modulusLength: 8 * n.length, publicExponent: toBase64Url(e) }
}

/** The numbers of a key in DER, wherever they are in it, without leading zeros: the version of a key is none then. */
function integersOf(der: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  let at = 0
  while (at + 1 < der.length) {
    const tag = der[at] ?? 0
    let length = der[at + 1] ?? 0
    at += 2
    if (length > 127) {
      const end = at + (length & 127)
      length = 0
      for (; at < end; at++) length = length * 256 + (der[at] ?? 0)
    }
    const content = der.subarray(at, at + length)
    if (tag === 2) found.push(content.subarray(content.findIndex((byte) => byte !== 0) >>> 0))
    // Sequences, and strings of bits and bytes, in which the key is, are walked through.
    if (tag === 3) at += 1
    else if (tag !== 0x30 && tag !== 4) at += length
  }
  return found
}
