// Makes the host fetch bodies from the URL in its request, and never takes them.
import { decodeUtf8 } from 'mayfly:agent/engine'
import { start } from 'mayfly:agent/http@0.1.0'
import { any } from 'mayfly:agent/poll@0.1.0'

export const handler = {
  handle({ body }) {
    const request = { method: 'GET', url: decodeUtf8(body), headers: [], body: new Uint8Array() }
    for (let left = 16; left > 0; left--) start(request)
    any([], 3_600_000)
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
