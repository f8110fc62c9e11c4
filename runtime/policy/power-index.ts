/**
 * Powers by subject, host and path: a version may have thousands, and each is compared on the thread that carries out
 * commands.
 *
 * @module
 */

import type { Power } from '../grants/index.ts'
import { stemOf } from './cover.ts'

// Of a name in the DNS. A longer one has no address, and its parts need not be looked at.
const MAX_HOST_LENGTH = 253

export class PowerIndex {
  readonly #hosts = new Map<string, PathIndex>()
  /** By a host with a star, the hosts below it. */
  readonly #below = new Map<string, Set<PathIndex>>()

  constructor(powers: Iterable<Power>) {
    for (const power of powers) {
      const key = keyOf(power.subject, power.host)
      let paths = this.#hosts.get(key)
      if (paths === undefined) {
        this.#hosts.set(key, (paths = new PathIndex()))
        for (const host of starredAbove(power.host)) {
          const above = keyOf(power.subject, host)
          const known = this.#below.get(above)
          if (known === undefined) this.#below.set(above, new Set([paths]))
          else known.add(paths)
        }
      }
      paths.add(power)
    }
  }

  /** Those that reach all that `power` reaches. */
  *wider({ subject, host, path }: Power): Generator<Power> {
    for (const each of [host, ...starredAbove(host)]) {
      const paths = this.#hosts.get(keyOf(subject, each))
      if (paths !== undefined) yield* paths.wider(path)
    }
  }

  /** Those that reach some of what `power` reaches. One may come twice. */
  *common({ subject, host, path }: Power): Generator<Power> {
    const keys = [host, ...starredAbove(host)].map((each) => keyOf(subject, each))
    const lists = keys.flatMap((key) => this.#hosts.get(key) ?? [])
    for (const paths of [...lists, ...(this.#below.get(keyOf(subject, host)) ?? [])]) {
      yield* paths.wider(path)
      yield* paths.below(path)
    }
  }
}

/** The powers of one host. */
class PathIndex {
  readonly #exact = new Map<string, Power[]>()
  /** Of paths with a star at the end, by the text before it. */
  readonly #stems = new Map<string, Power[]>()
  readonly #lengths = new Set<number>()
  #sorted: readonly { readonly stem: string; readonly power: Power }[] | undefined

  add(power: Power): void {
    const { path } = power
    const isStem = path.endsWith('*')
    const [paths, key] = isStem ? [this.#stems, stemOf(path)] : [this.#exact, path]
    const known = paths.get(key)
    if (known === undefined) paths.set(key, [power])
    else known.push(power)
    if (isStem) this.#lengths.add(key.length)
  }

  *wider(path: string): Generator<Power> {
    if (!path.endsWith('*')) yield* this.#exact.get(path) ?? []
    const stem = stemOf(path)
    for (const length of this.#lengths) {
      if (length <= stem.length) yield* this.#stems.get(stem.slice(0, length)) ?? []
    }
  }

  *below(path: string): Generator<Power> {
    if (!path.endsWith('*')) return
    const [sorted, stem] = [this.#inOrder(), stemOf(path)]
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle]?.stem ?? '') < stem) low = middle + 1
      else high = middle
    }
    for (let place = low; sorted[place]?.stem.startsWith(stem) === true; place++) {
      const power = sorted[place]?.power
      if (power !== undefined) yield power
    }
  }

  #inOrder(): readonly { readonly stem: string; readonly power: Power }[] {
    this.#sorted ??= [...this.#exact.values(), ...this.#stems.values()]
      .flat()
      .map((power) => ({ stem: stemOf(power.path), power }))
      .sort((one, other) => (one.stem < other.stem ? -1 : one.stem > other.stem ? 1 : 0))
    return this.#sorted
  }
}

/** `*.b.c` and `*.c` for `a.b.c`; only `*.c` for `*.b.c`. */
function starredAbove(host: string): string[] {
  if (host.length > MAX_HOST_LENGTH) return []
  const name = host.startsWith('*.') ? host.slice(2) : host
  const starred: string[] = []
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    starred.push(`*${name.slice(dot)}`)
  }
  return starred
}

function keyOf(subject: string, host: string): string {
  return `${subject}\n${host}`
}
