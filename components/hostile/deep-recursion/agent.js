// Runs into the end of the stack, and catches that.
import { encodeUtf8 } from 'mayfly:agent/engine'

function dive(depth) {
  try {
    return dive(depth + 1)
  } catch {
    return depth
  }
}

export const handler = {
  handle() {
    const deep = dive(0) > 10
    return { status: 200, headers: [], body: encodeUtf8(String(deep)) }
  },
}
