/**
 * Checks every stamp of a slot, and every move of a guest into one, against all pages, for tests.
 *
 * Marks are not relied on: a page that was written without one is found.
 *
 * @module
 */
import { vi } from 'vitest'
import { differences } from '../../stamp/differences.ts'
import type { Difference } from '../../stamp/difference.ts'
import type { Image } from '../../stamp/image.ts'
import { PageStore } from '../../stamp/page-store.ts'
import { Stamper } from '../../stamp/stamper.ts'

export interface WatchedStamps {
  /** What was not as it should be: one line each. */
  readonly wrong: string[]
  moves: number
  /** Moves of guests whose memory had grown. */
  grown: number
  /** Moves into slots without marks. */
  copied: number
  stamps: number
  /** Stamps all slots again that have served. Returns how many could be. */
  stampAll(): number
}

/**
 * Until mocks are restored. Begin before the runtime is made.
 *
 * @param mistake - called after each move, to plant what the checks must find
 */
export function watchStamps(mistake?: (stamper: Stamper, move: number) => void): WatchedStamps {
  const { apply, stamp, difference } = Stamper.prototype
  const { addTable } = PageStore.prototype
  /** By the page numbers of an image. */
  const stores = new WeakMap<Uint32Array, PageStore>()
  const images = new Map<Stamper, Image>()
  const seen: WatchedStamps = {
    wrong: [],
    moves: 0,
    grown: 0,
    copied: 0,
    stamps: 0,
    stampAll() {
      const stamped = [...images].filter(
        ([stamper, image]) => !image.disposed && stamper.stamp(image) === 'stamped',
      )
      return stamped.length
    },
  }
  vi.spyOn(PageStore.prototype, 'addTable').mockImplementation(function (this: PageStore, pages) {
    stores.set(pages, this)
    return addTable.call(this, pages)
  })
  vi.spyOn(Stamper.prototype, 'apply').mockImplementation(function (this: Stamper, kept) {
    apply.call(this, kept)
    seen.moves++
    if (this.mode === 'copy') seen.copied++
    if (kept.memories.some(({ pages }, i) => pages !== this.image?.memories[i]?.pages)) seen.grown++
    mistake?.(this, seen.moves)
    if (!isSame(ofAllPages(this), kept)) seen.wrong.push(`move ${seen.moves}`)
  })
  vi.spyOn(Stamper.prototype, 'stamp').mockImplementation(function (this: Stamper, image) {
    const outcome = stamp.call(this, image)
    const store = stores.get(image.memories[0]?.numbers ?? new Uint32Array())
    if (outcome === 'stamped' && store !== undefined) {
      seen.stamps++
      images.set(this, image)
      seen.wrong.push(...differences(this.state, image, store))
    }
    return outcome
  })
  const ofAllPages = (stamper: Stamper): Difference | undefined => {
    const maps = stamper.state.memories.flatMap(({ map }) =>
      map ? [new Uint8Array(map.buffer)] : [],
    )
    const before = maps.map((map) => map.slice())
    for (const map of maps) map.fill(1)
    const all = difference.call(stamper)
    for (const [i, map] of maps.entries()) map.set(before[i] ?? [])
    return all
  }
  return seen
}

function isSame(found: Difference | undefined, kept: Difference): boolean {
  return found !== undefined && text(found) === text(kept)
}

function text(difference: Difference): string {
  return JSON.stringify(difference, (_, value: unknown) =>
    typeof value === 'bigint' || value instanceof Uint8Array ? String(value) : value,
  )
}
