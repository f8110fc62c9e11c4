/**
 * Randomness from the host, drawn at each call.
 *
 * It is never guest state: every request starts from the same image, so a seed in the image would give every request
 * the same numbers. The mode `seeded` asks for exactly that, for tests and replay: the numbers begin anew with every
 * invocation. Such numbers can be guessed, so they are unfit for secrets.
 *
 * @module
 */

import type { Capability, ConfiguredModule, Imports } from '../../host-module/index.ts'
import { MayflyError } from '../../errors/index.ts'
import type { RandomGrant } from './grant.ts'
import { seededFill } from './seeded-fill.ts'

export interface RandomOptions {
  /**
   * Fills the array. A test or a replay passes its own.
   *
   * @default crypto.getRandomValues
   */
  fill?: (bytes: Uint8Array<ArrayBuffer>) => void
}

const MAX_BYTES = 65_536
// One call into the system's generator costs about as much as 4 KiB of its output.
const BUFFER_BYTES = 4096

export function random({
  fill = (bytes) => void crypto.getRandomValues(bytes),
}: RandomOptions = {}): Capability {
  return {
    name: 'random',
    interfaces: ['mayfly:agent/random'],
    suspends: [],
    example: '"random": true',
    configure({ agent, grant }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      const granted = grant as RandomGrant | undefined
      const imports = functions(bufferedDraw(fill))
      return {
        granted: granted !== false,
        prepare() {
          if (granted === false) return REFUSED
          // With the agent's name: two agents of one seed do not mirror each other.
          if (typeof granted === 'object') {
            return functions(bufferedDraw(seededFill(`${agent}\0${granted.seed}`)))
          }
          return imports
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function functions(draw: (length: number) => Uint8Array<ArrayBuffer>): Imports {
  return {
    'mayfly:agent/random': {
      bytes: (length: number) => {
        if (length > MAX_BYTES) {
          throw new RangeError(`Cannot draw ${length} random bytes at once: above ${MAX_BYTES}`)
        }
        return draw(length)
      },
      next: () => {
        const bytes = draw(8)
        return new DataView(bytes.buffer).getBigUint64(0, true)
      },
    },
  }
}

// The interface has no error to return: a guest that draws without the grant traps.
const REFUSED: Imports = { 'mayfly:agent/random': { bytes: refuse, next: refuse } }

function refuse(): never {
  throw new MayflyError('ERR_CAPABILITY_DENIED', 'Cannot draw random numbers: not granted', {
    hint: 'Remove "random": false from capabilities in agent.json',
  })
}

/** Serves small draws from a buffer. No byte is served twice, and none stays after it was served. */
function bufferedDraw(
  fill: (bytes: Uint8Array<ArrayBuffer>) => void,
): (length: number) => Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(BUFFER_BYTES)
  let used = BUFFER_BYTES
  return function draw(length) {
    if (length > BUFFER_BYTES / 4) {
      const bytes = new Uint8Array(length)
      fill(bytes)
      return bytes
    }
    if (used + length > BUFFER_BYTES) {
      fill(buffer)
      used = 0
    }
    const bytes = buffer.slice(used, used + length)
    buffer.fill(0, used, used + length)
    used += length
    return bytes
  }
}
