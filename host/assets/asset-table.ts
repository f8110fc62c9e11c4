/**
 * Finds the file that a path asks for, among those of one pack.
 *
 * @module
 */
import type { AssetFile } from './asset-pack.ts'
import type { Encoding } from './accept-encoding.ts'

/** What is asked for. */
export interface AssetRequest {
  /** In upper case. */
  readonly method: string
  /** As it came, below the folder of the agent: `/img/a%20b.png`; empty for that folder itself. */
  readonly path: string
  /** The value of a field in lower case. */
  header(name: string): string | null
}

/** What `assets` of agent.json says beside the folder. */
export interface AssetRules {
  readonly fallback?: string | undefined
  readonly except?: readonly string[] | undefined
  readonly immutable?: readonly string[] | undefined
}

/** A file, or the folder of an index whose path lacks its last slash. */
export type FoundAsset =
  | {
      readonly state: 'file'
      readonly file: AssetFile
      /** The same content, packed. */
      readonly packed: ReadonlyMap<Encoding, AssetFile>
      readonly isImmutable: boolean
    }
  | { readonly state: 'folder' }

const INDEX = 'index.html'
const ENDINGS: readonly (readonly [Encoding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]
// A slash, a backslash or an end of a text that is encoded: two readers see two paths.
const ENCODED = /%(?:2f|5c|00)/i
const NONE: ReadonlyMap<Encoding, AssetFile> = new Map()

export class AssetTable {
  readonly #files: ReadonlyMap<string, AssetFile>
  readonly #rules: AssetRules

  constructor(files: readonly AssetFile[], rules: AssetRules) {
    this.#files = new Map(files.map((file) => [file.path, file]))
    this.#rules = rules
  }

  /** Returns nothing where the agent is to answer. */
  find(request: AssetRequest): FoundAsset | undefined {
    const { method, path } = request
    if (method !== 'GET' && method !== 'HEAD') return undefined
    const { except, fallback } = this.#rules
    if (except !== undefined && covers(except, path)) return undefined
    const name = nameOf(path)
    const found = name === undefined ? undefined : this.#named(name)
    if (found !== undefined || fallback === undefined || !isNavigation(request)) return found
    return this.#fileAt(fallback)
  }

  #named(name: string): FoundAsset | undefined {
    if (name === '' || name.endsWith('/')) return this.#fileAt(name.slice(1) + INDEX)
    return (
      this.#fileAt(name.slice(1)) ??
      (this.#files.has(`${name.slice(1)}/${INDEX}`) ? { state: 'folder' } : undefined)
    )
  }

  #fileAt(path: string): FoundAsset | undefined {
    const file = this.#files.get(path)
    if (file === undefined) return undefined
    const { immutable } = this.#rules
    const isImmutable = immutable !== undefined && covers(immutable, `/${path}`)
    return { state: 'file', file, packed: this.#packedOf(path), isImmutable }
  }

  #packedOf(path: string): ReadonlyMap<Encoding, AssetFile> {
    let packed: Map<Encoding, AssetFile> | undefined
    for (const [encoding, ending] of ENDINGS) {
      const file = this.#files.get(path + ending)
      if (file !== undefined) (packed ??= new Map()).set(encoding, file)
    }
    return packed ?? NONE
  }
}

/** Decoded; nothing where no file has such a path. */
function nameOf(path: string): string | undefined {
  if (!path.includes('%')) return path
  if (ENCODED.test(path)) return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** @param patterns - paths, or all below one with `/*` */
function covers(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => {
    if (!pattern.endsWith('/*')) return pattern === path
    const folder = pattern.slice(0, -2)
    return path === folder || path.startsWith(`${folder}/`)
  })
}

/** A page is asked for, and nothing that a script or a page loads. */
function isNavigation({ header }: AssetRequest): boolean {
  const mode = header('sec-fetch-mode')
  return mode === null ? (header('accept') ?? '').includes('text/html') : mode === 'navigate'
}
