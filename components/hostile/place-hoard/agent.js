// Stays as long as it may.
import { any } from 'mayfly:agent/poll@0.1.0'

export const handler = {
  handle() {
    any([], 3_600_000)
    return { status: 200, headers: [], body: new Uint8Array() }
  },
}
