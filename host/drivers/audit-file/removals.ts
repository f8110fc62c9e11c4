/**
 * Finds the old files of the audit log that a host has removed, by its own signed records.
 *
 * Only the oldest segments of a chain are removed, so the last removed one stands for all before it. If all chains of
 * old hosts are removed, one record names the oldest host that is left.
 *
 * @module
 */

import type { AuditEvent, ChainHead } from '../../../runtime/audit/index.ts'
import { parseSegmentName, segmentName } from './segment-name.ts'

/** The `reason` of the record when the chain continues in another segment. */
export const CONTINUED = 'continued'

interface Removed {
  readonly number: number
  readonly head: ChainHead
  readonly continued: boolean
}

export class Removals {
  /** The last of each chain. */
  readonly #chains = new Map<string, Removed>()
  /** All files of hosts before this one are gone. */
  #firstHost = ''
  #files = new Set<string>()

  /** How many files the records name. */
  get count(): number {
    return this.#files.size
  }

  add({ file, head = '', count = 0, reason, host }: AuditEvent): void {
    if (host !== undefined && host > this.#firstHost) this.#firstHost = host
    if (file === undefined) return
    this.#files.add(file)
    const { chain, number } = parseSegmentName(file)
    const known = this.#chains.get(chain)
    if (known !== undefined && known.number >= number) return
    const continued = reason === CONTINUED
    this.#chains.set(chain, { number, head: { sequence: count, hash: head }, continued })
  }

  /** Whether the file may be missing. */
  excuse(file: string): boolean {
    const { chain, number } = parseSegmentName(file)
    return chain < this.#firstHost || number <= (this.#chains.get(chain)?.number ?? 0)
  }

  /** How the file ended, if it is the last of its chain that was removed. */
  headOf(file: string): ChainHead | undefined {
    const { chain, number } = parseSegmentName(file)
    const removed = this.#chains.get(chain)
    return removed?.number === number ? removed.head : undefined
  }

  /** Files that should follow the removed ones, and do not exist. */
  gaps(exists: (file: string) => boolean): string[] {
    return [...this.#chains].flatMap(([chain, { number, continued }]) => {
      const next = segmentName({ chain, number: number + 1 })
      if (!continued || chain < this.#firstHost || exists(next)) return []
      return [`${next}: removed; the one before it, which the host removed, goes on in it`]
    })
  }

  /** Records that say the same, for when the ones that said so go themselves. */
  events(): AuditEvent[] {
    const floor: AuditEvent[] =
      this.#firstHost === '' ? [] : [{ kind: 'removed', host: this.#firstHost }]
    const chains = [...this.#chains].filter(([chain]) => chain >= this.#firstHost)
    return [
      ...floor,
      ...chains.map(([chain, { number, head, continued }]): AuditEvent => ({
        kind: 'removed',
        file: segmentName({ chain, number }),
        count: head.sequence,
        head: head.hash,
        ...(continued ? { reason: CONTINUED } : {}),
      })),
    ]
  }
}
