/** A token that is signed and verified. @module */
import { jwtVerify, SignJWT } from 'jose'

export default async function run(): Promise<unknown> {
  const key = new TextEncoder().encode('a secret of thirty-two characters')
  const token = await new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'HS256' }).sign(key)
  const { payload } = await jwtVerify(token, key)
  const forged = await jwtVerify(`${token}x`, key).catch(({ code }: { code: string }) => code)
  return [token, payload, forged]
}
