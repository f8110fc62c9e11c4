/** Issues tokens that are signed with a key of its own, and shows the public key. @module */
import { generateKeyPairSync, sign } from 'node:crypto'

export interface Issuer {
  /** JSON Web Keys. */
  readonly keys: readonly object[]
  token(subject: string): string
}

export function makeIssuer(): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = { kid: 'key-1', alg: 'ES256' }
  return {
    keys: [{ ...publicKey.export({ format: 'jwk' }), ...names, use: 'sig' }],
    token(sub) {
      const text = [names, { sub, iss: 'compat' }].map(encode).join('.')
      // As RFC 7518 3.4 has it, not in ASN.1.
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
    },
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
