/** A message about an error, as guests hold it by number. @module */

// A message is for people. The canonical ABI lets the host shorten it, and a guest may keep many.
const MAX_MESSAGE_LENGTH = 1024

export class ErrorContext {
  readonly message: string

  /** Keeps the first 1024 characters. */
  constructor(message: string) {
    this.message = message.length > MAX_MESSAGE_LENGTH ? shortened(message) : message
  }
}

// Joined from characters: V8 would keep the long string alive for the sake of a part of it.
function shortened(message: string): string {
  return Array.from(message.slice(0, MAX_MESSAGE_LENGTH)).join('')
}
