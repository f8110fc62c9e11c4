/** A token by way of `node:crypto`. @module */
import jwt from 'jsonwebtoken'

export default function run(): unknown {
  const token = jwt.sign({ sub: 'ada' }, 'secret', { noTimestamp: true })
  let forged = ''
  try {
    jwt.verify(token, 'other')
  } catch (error) {
    forged = (error as Error).message
  }
  return [token, jwt.verify(token, 'secret'), forged]
}
