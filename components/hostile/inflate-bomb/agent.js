// Decompresses a few bytes that stand for gigabytes: each run is twice all that came before.
import { encodeUtf8 } from 'mayfly:agent/engine'

function inflate(bomb) {
  let text = bomb
  for (let doublings = 0; doublings < 40; doublings++) text = [text, text].join('')
  return text
}

export const handler = {
  handle() {
    return { status: 200, headers: [], body: encodeUtf8(inflate('bomb')) }
  },
}
