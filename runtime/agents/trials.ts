/**
 * Which calls of an agent are tried without a stack of their own.
 *
 * A stack that can be suspended takes a small answer 2 to 4 µs, and most answers need none: they end within one slice of
 * fuel and call no function of the host. So the call of an agent that has answered like that for a while is tried
 * plainly. The first time that its guest asks for fuel or for the host, it is ended before it gets either, and the call
 * begins again, from the image and on a stack of its own. Nothing has happened until then: the call had its arguments
 * and its memory, and no more.
 *
 * An attempt that fails is lost work, and costs a slot. Each makes the next much rarer.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

/** Calls in a row that must have been brief before the first attempt. */
const FIRST_WANTED = 16
/** After that many failures there is one attempt in a million calls at most. */
const FACTOR = 8
const MOST_WANTED = 1_000_000

/** Ends the guest of an attempt that calls the host. Its caller never gets it. */
export function beginsAgain(agent: string): MayflyError {
  return new MayflyError('ERR_GUEST_TRAPPED', `Stopped agent "${agent}": its call begins again`)
}

export class Trials {
  #inARow = 0
  #wanted = FIRST_WANTED

  /** Whether the next call is to be tried. */
  get expected(): boolean {
    return this.#inARow >= this.#wanted
  }

  /** A call has ended. It was brief if it has asked the host for nothing. */
  ended(wasBrief: boolean): void {
    this.#inARow = wasBrief ? this.#inARow + 1 : 0
  }

  /** An attempt has failed. */
  failed(): void {
    this.#inARow = 0
    this.#wanted = Math.min(this.#wanted * FACTOR, MOST_WANTED)
  }
}
