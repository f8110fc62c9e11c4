// A regular expression that takes exponential time.
import { encodeUtf8 } from 'mayfly:agent/engine'

export const handler = {
  handle() {
    const matches = /^(a+)+$/.test('a'.repeat(60) + 'b')
    return { status: 200, headers: [], body: encodeUtf8(String(matches)) }
  },
}
