/** A message about an error, as guests hold it by number. @module */

// A message is for people. The canonical ABI lets the host shorten it, and a guest may keep many.
const MAX_MESSAGE_LENGTH = 1024
// The object, its text and its place in a table.
const OBJECT_BYTES = 64

/** Counts what the host keeps for a guest. */
export interface ErrorHolder {
  /** @throws why so many bytes may not be kept */
  holds?(bytes: number): void
  gives?(bytes: number): void
}

/** Each handle has its own. */
export class ErrorContext {
  readonly message: string
  readonly #holder: ErrorHolder

  /**
   * Keeps the first 1024 characters.
   *
   * @throws when `holder` may not keep it
   */
  constructor(message: string, holder: ErrorHolder) {
    this.message = message.length > MAX_MESSAGE_LENGTH ? shortened(message) : message
    this.#holder = holder
    holder.holds?.(this.#bytes)
  }

  /** The guest of `holder` has dropped it. One that is older than its invocation was not counted there. */
  dropped(holder: ErrorHolder): void {
    if (this.#holder === holder) holder.gives?.(this.#bytes)
  }

  get #bytes(): number {
    return OBJECT_BYTES + 2 * this.message.length
  }
}

// Joined from characters: V8 would keep the long string alive for the sake of a part of it.
function shortened(message: string): string {
  return Array.from(message.slice(0, MAX_MESSAGE_LENGTH)).join('')
}
