// Makes the host fetch bodies from the URL in its request, and leaves them with it.
import { waitFor } from 'mayfly:agent/clock@0.2.0'
import { decodeUtf8 } from 'mayfly:agent/engine'
import { sendForBlob } from 'mayfly:agent/http@0.2.0'

export const handler = {
  async handle({ body }) {
    const request = { method: 'GET', url: decodeUtf8(body), headers: [], body: new Uint8Array() }
    for (let left = 16; left > 0; left--) sendForBlob(request, 'follow')
    await waitFor(3_600_000)
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
