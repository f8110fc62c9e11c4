/**
 * The revisions of agents that a worker certainly has: these need not be sent again.
 *
 * A worker takes deploys one after the other and answers in that order. While some are not answered, it may be at any of
 * them, and each may fail. So it certainly has only revisions that are in all of them and in its state before.
 *
 * @module
 */

type Revisions = ReadonlySet<string>

export class WorkerRevisions {
  #answered: Revisions = new Set()
  readonly #sent = new Set<Revisions>()

  has(revision: string): boolean {
    return [this.#answered, ...this.#sent].every((revisions) => revisions.has(revision))
  }

  /** Notes that a deploy of `revisions` goes out. Returns a function to call with its answer. */
  send(revisions: Revisions): (isServed: boolean) => void {
    // A new set, because two deploys may have the same revisions.
    const sent = new Set(revisions)
    this.#sent.add(sent)
    return (isServed) => {
      this.#sent.delete(sent)
      if (isServed) this.#answered = sent
    }
  }

  /** The worker starts with these. */
  start(revisions: Revisions): void {
    this.#answered = revisions
  }
}
