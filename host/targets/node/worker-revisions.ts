/**
 * Which revisions of agents a worker has for certain: these need not be sent to it again.
 *
 * A worker takes deploys one after the other and answers in that order. While some are not answered, it may be
 * at any of them, and each may fail: it has for certain what is in every one of them and in what it had before.
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

  /** A deploy of `revisions` goes out. Returns what its answer is to call. */
  send(revisions: Revisions): (isServed: boolean) => void {
    // A set of its own: two deploys may be of the same revisions.
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
