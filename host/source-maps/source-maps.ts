/**
 * The source maps of the versions that a thread serves, and of those that still end requests.
 *
 * A map is decoded when an error is printed, and not before.
 *
 * @module
 */

import { isSameMap, readPackedMap, type PackedMap } from './packed-map.ts'
import { stackMapper, type StackMapper } from './stack-mapper.ts'

/** A version of an agent: agents of one component have sources of different names. */
export interface MappedVersion {
  readonly name: string
  /** Of the component. */
  readonly digest: string
}

/** The version that a text is of. */
export interface MappedText {
  readonly name: string
  /** Absent where it is not known. */
  readonly digest: string | undefined
}

// A decoded map takes a hundred bytes for each statement of the agent. Few agents fail at a time.
const MAX_DECODED = 4

export class SourceMaps {
  readonly #packed = new Map<string, PackedMap>()
  /** The one that was used last is the last. */
  readonly #decoded = new Map<string, StackMapper>()

  /** Has texts of `version` mapped by `map`, and by no map when there is none. */
  keep(version: MappedVersion, map: PackedMap | undefined): void {
    const key = keyOf(version)
    const known = this.#packed.get(key)
    // A deploy of any agent names all of them once more.
    if (this.#decoded.has(key) && !isSameMap(known, map)) this.#decoded.delete(key)
    if (map === undefined) this.#packed.delete(key)
    else this.#packed.set(key, map)
  }

  /** Forgets the map of `version`. */
  drop(version: MappedVersion): void {
    const key = keyOf(version)
    this.#packed.delete(key)
    this.#decoded.delete(key)
  }

  /** Returns `text` of `version` with places in its sources. */
  map({ name, digest }: MappedText, text: string): string {
    if (digest === undefined) return text
    const key = keyOf({ name, digest })
    const packed = this.#packed.get(key)
    return packed === undefined ? text : this.#mapperOf(key, packed)(text)
  }

  #mapperOf(key: string, packed: PackedMap): StackMapper {
    const mapper = this.#decoded.get(key) ?? decode(packed)
    this.#decoded.delete(key)
    this.#decoded.set(key, mapper)
    const [oldest] = this.#decoded.keys()
    if (this.#decoded.size > MAX_DECODED && oldest !== undefined) this.#decoded.delete(oldest)
    return mapper
  }
}

/** A log line must be written, whatever the map is like. */
function decode(packed: PackedMap): StackMapper {
  try {
    return stackMapper(readPackedMap(packed))
  } catch {
    return (text) => text
  }
}

function keyOf({ name, digest }: MappedVersion): string {
  return `${name} ${digest}`
}
