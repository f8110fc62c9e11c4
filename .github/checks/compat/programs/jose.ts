/** Tokens that are signed, verified and encrypted: with a secret, with pairs of keys, with keys of a server. @module */
import {
  createRemoteJWKSet,
  EncryptJWT,
  exportJWK,
  generateKeyPair,
  generateSecret,
  jwtDecrypt,
  jwtVerify,
  SignJWT,
} from 'jose'

export default async function run(server: string): Promise<unknown> {
  const key = new TextEncoder().encode('a secret of thirty-two characters')
  const token = await new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'HS256' }).sign(key)
  const { payload } = await jwtVerify(token, key)
  const forged = await jwtVerify(`${token}x`, key).catch(({ code }: { code: string }) => code)
  return [token, payload, forged, await pairs(), await encrypted(), await remote(server)]
}

async function pairs(): Promise<unknown> {
  const results: unknown[] = []
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const token = await new SignJWT({ alg }).setProtectedHeader({ alg }).sign(privateKey)
    const { payload } = await jwtVerify(token, publicKey)
    results.push([payload, Object.keys(await exportJWK(privateKey)).toSorted()])
  }
  return results
}

async function encrypted(): Promise<unknown> {
  const results: unknown[] = []
  for (const alg of ['A256GCMKW', 'A128KW']) {
    const secret = await generateSecret(alg)
    const header = { alg, enc: 'A256GCM' }
    const token = await new EncryptJWT({ sub: 'ada' }).setProtectedHeader(header).encrypt(secret)
    results.push((await jwtDecrypt(token, secret)).payload)
  }
  return results
}

async function remote(server: string): Promise<unknown> {
  const keys = createRemoteJWKSet(new URL(`${server}/jwks`))
  const response = await fetch(`${server}/token?sub=ada`)
  const { token } = (await response.json()) as { token: string }
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: 'compat' })
  const other = await jwtVerify(token, keys, { issuer: 'other' }).catch(
    ({ code, claim }: { code: string; claim: string }) => [code, claim],
  )
  return [payload, protectedHeader, other]
}
