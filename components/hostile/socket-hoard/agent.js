// Opens all the connections it can get, to the URL in its request and to a server that never answers.
import { decodeUtf8 } from 'mayfly:agent/engine'
import { start } from 'mayfly:agent/http@0.1.0'
import { any } from 'mayfly:agent/poll@0.1.0'

export const handler = {
  handle({ body }) {
    const request = { method: 'GET', url: decodeUtf8(body), headers: [], body: new Uint8Array() }
    any(
      Array.from({ length: 16 }, () => start(request)),
      null,
    )
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
