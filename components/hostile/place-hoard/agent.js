// Stays as long as it may.
import { waitFor } from 'mayfly:agent/clock@0.2.0'

export const handler = {
  async handle() {
    await waitFor(3_600_000)
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
