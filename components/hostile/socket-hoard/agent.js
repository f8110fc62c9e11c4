// Opens all the connections it can get, to the URL in its request and to a server that never answers.
import { decodeUtf8 } from 'mayfly:agent/engine'
import { send } from 'mayfly:agent/http@0.2.0'

export const handler = {
  async handle({ body }) {
    const request = { method: 'GET', url: decodeUtf8(body), headers: [], body: new Uint8Array() }
    await Promise.race(Array.from({ length: 16 }, () => send(request, 'follow')))
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
