/**
 * The http rules of a manifest by host and path, so that a decision looks only at rules that can match.
 *
 * @module
 */

import { canonicalHost } from '../grants/index.ts'
import type { HttpRule } from '../manifest/index.ts'

export interface IndexedRule {
  readonly rule: HttpRule
  /** Where the rule stands in `capabilities`: `http[0]`. */
  readonly name: string
  readonly index: number
}

export interface HttpIndex {
  readonly rules: readonly IndexedRule[]
  /** Rules that allow the host and the path; each list in the order of the manifest. */
  candidates(host: string, path: string): IndexedRule[][]
}

// The list itself is the key: a parsed manifest is frozen, so its index stays right.
const cache = new WeakMap<readonly HttpRule[], HttpIndex>()

export function indexOfRules(list: readonly HttpRule[]): HttpIndex {
  let known = cache.get(list)
  if (known === undefined) cache.set(list, (known = makeIndex(list)))
  return known
}

function makeIndex(list: readonly HttpRule[]): HttpIndex {
  const rules = list.map((rule, index) => ({ rule, name: `http[${index}]`, index }))
  const byHost = new Map<string, PathIndex>()
  // The key is the text after the star: `.example.com`.
  const bySuffix = new Map<string, PathIndex>()
  for (const indexed of rules) {
    const { host, paths } = indexed.rule
    if (host.startsWith('*.')) add(bySuffix, host.slice(1), paths, indexed)
    else add(byHost, canonicalHost(host), paths, indexed)
  }
  return {
    rules,
    candidates(host, path) {
      const found: IndexedRule[][] = []
      byHost.get(host)?.collect(path, found)
      if (bySuffix.size === 0) return found
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        bySuffix.get(host.slice(dot))?.collect(path, found)
      }
      return found
    },
  }
}

function add(
  hosts: Map<string, PathIndex>,
  host: string,
  paths: readonly string[],
  indexed: IndexedRule,
): void {
  let known = hosts.get(host)
  if (known === undefined) hosts.set(host, (known = new PathIndex()))
  for (const path of paths) known.add(path, indexed)
}

class PathIndex {
  readonly #exact = new Map<string, IndexedRule[]>()
  readonly #prefixes = new Map<string, IndexedRule[]>()
  /** Of the prefixes, each once. */
  readonly #lengths = new Set<number>()

  add(pattern: string, indexed: IndexedRule): void {
    const isPrefix = pattern.endsWith('*')
    const path = isPrefix ? pattern.slice(0, -1) : pattern
    const lists = isPrefix ? this.#prefixes : this.#exact
    if (isPrefix) this.#lengths.add(path.length)
    const list = lists.get(path)
    if (list === undefined) lists.set(path, [indexed])
    else list.push(indexed)
  }

  /**
   * Adds the lists that allow `path`, compared as the URL parser left it, with dot segments already resolved.
   * Encoded slashes, backslashes and dots match no prefix but `/`: a server may decode them and end up
   * outside of it.
   */
  collect(path: string, found: IndexedRule[][]): void {
    const exact = this.#exact.get(path)
    if (exact !== undefined) found.push(exact)
    for (const length of this.#lengths) {
      if (length > path.length) continue
      const list = this.#prefixes.get(path.slice(0, length))
      if (list !== undefined && (length <= 1 || !ENCODED_STEP.test(path))) found.push(list)
    }
  }
}

const ENCODED_STEP = /%(2f|5c|2e)/i
