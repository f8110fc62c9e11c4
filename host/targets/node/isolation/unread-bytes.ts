/**
 * What the processes of one thread have been sent and have not read: it lies in the memory of the host.
 *
 * All of them have one budget. When it is spent, the process is ended that has left the most.
 *
 * @module
 */

/** The channels to one process. */
export interface UnreadChannel {
  /** Bytes that it has not read. */
  readonly unread: number
  /** Ends the process. */
  end(): void
}

// The bodies that the host holds for all its agents: processes that do not read this much read nothing.
const MAX_UNREAD_BYTES = 536_870_912

export class UnreadBytes {
  readonly #max: number
  /** The bytes of each when it was last looked at. */
  readonly #known = new Map<UnreadChannel, number>()
  #sum = 0

  /** @param max - bytes of all processes together */
  constructor(max: number = MAX_UNREAD_BYTES) {
    this.#max = max
  }

  /** Bytes of all, or fewer by what was read since they were looked at. */
  get most(): number {
    return this.#sum
  }

  /** `channel` was sent something, or has read. */
  changed(channel: UnreadChannel): void {
    this.#look(channel)
    while (this.#sum > this.#max) {
      const most = this.#lookAtAll()
      if (this.#sum <= this.#max || most === undefined) return
      this.forget(most)
      most.end()
    }
  }

  /** The process has ended. */
  forget(channel: UnreadChannel): void {
    this.#sum -= this.#known.get(channel) ?? 0
    this.#known.delete(channel)
  }

  #look(channel: UnreadChannel): void {
    const { unread } = channel
    this.#sum += unread - (this.#known.get(channel) ?? 0)
    this.#known.set(channel, unread)
  }

  /** Returns the one that has left the most. Only when there seems to be too much: others read meanwhile. */
  #lookAtAll(): UnreadChannel | undefined {
    let most: UnreadChannel | undefined
    for (const channel of this.#known.keys()) {
      this.#look(channel)
      if (channel.unread > (most?.unread ?? -1)) most = channel
    }
    return most
  }
}
