/**
 * Whether the http rules of a manifest allow a request: a pure decision, with its reason.
 *
 * A request is allowed when one rule allows all of it. Addresses are not decided here: a name may resolve
 * to anything, so the driver that dials checks them.
 *
 * @module
 */

import { bare, canonicalHost } from '../grants/index.ts'
import type { HttpRule } from '../manifest/index.ts'
import { indexOfRules, type IndexedRule } from './http-index.ts'

export interface HttpTarget {
  readonly method: string
  readonly url: URL
  /**
   * Whether the request is to open a WebSocket.
   *
   * @default false
   */
  readonly upgrade?: boolean
}

export type HttpDecision =
  /** `name` is where the rule stands in `capabilities`: `http[0]`. */
  | { readonly state: 'allowed'; readonly rule: HttpRule; readonly name: string }
  /** `reason` names the part that did not match; `hint` is a rule that would match. Both are for operators only. */
  | { readonly state: 'denied'; readonly reason: string; readonly hint: string }

/** The answer of one rule to a request, to explain a decision. */
export interface HttpVerdict {
  readonly name: string
  readonly rule: HttpRule
  /** How many parts matched before the first that did not. */
  readonly depth: number
  /** The part that does not match; `undefined` when the rule allows the request. */
  readonly reason: string | undefined
}

// The methods of a rule that names none; the hint leaves them out as well.
const DEFAULT_METHODS: readonly string[] = ['GET', 'HEAD']

/** Decides by the first rule that allows the request; explains by the rule that came nearest. */
export function decideHttp(rules: readonly HttpRule[], target: HttpTarget): HttpDecision {
  const { method, host, scheme, port, path, upgrade } = factsOf(target)
  let first: IndexedRule | undefined
  for (const candidates of indexOfRules(rules).candidates(host, path)) {
    for (const candidate of candidates) {
      if (first !== undefined && first.index < candidate.index) break
      const { rule } = candidate
      if (rule.scheme !== scheme || !rule.port.includes(port) || !rule.methods.includes(method)) {
        continue
      }
      if (upgrade && rule.upgrade !== true) continue
      first = candidate
      break
    }
  }
  if (first !== undefined) return { state: 'allowed', rule: first.rule, name: first.name }
  return {
    state: 'denied',
    // The text is made only when it is read: making it takes longer than the decision.
    get reason() {
      return nearestReason(explainHttp(rules, target))
    },
    get hint() {
      return `Add ${ruleFor(target)} to capabilities.http`
    },
  }
}

/** The answer of each rule, in the order of the manifest. */
export function explainHttp(rules: readonly HttpRule[], target: HttpTarget): HttpVerdict[] {
  const facts = factsOf(target)
  return indexOfRules(rules).rules.map(({ name, rule }) => ({
    name,
    rule,
    ...compare(rule, facts),
  }))
}

function nearestReason(verdicts: readonly HttpVerdict[]): string {
  let nearest: HttpVerdict | undefined
  for (const verdict of verdicts) {
    if (nearest === undefined || verdict.depth > nearest.depth) nearest = verdict
  }
  return nearest?.reason ?? 'no rule'
}

/** The rule that would allow exactly this request, as it would stand in agent.json. */
export function ruleFor({ method, url, upgrade = false }: HttpTarget): string {
  const entries: [string, unknown][] = [
    ['host', hostOf(url)],
    ...(url.protocol === 'http:' ? [['scheme', 'http'] satisfies [string, string]] : []),
    ...(url.port === '' ? [] : [['port', Number(url.port)] satisfies [string, number]]),
    ...(DEFAULT_METHODS.includes(method)
      ? []
      : [['methods', [method]] satisfies [string, string[]]]),
    ['paths', [url.pathname]],
    ...(upgrade ? [['upgrade', true] satisfies [string, boolean]] : []),
  ]
  const lines = entries.map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
  return `{ ${lines.join(', ')} }`
}

interface Facts {
  readonly method: string
  readonly host: string
  readonly scheme: string
  readonly port: number
  readonly path: string
  readonly upgrade: boolean
}

function factsOf({ method, url, upgrade = false }: HttpTarget): Facts {
  const { protocol, port } = url
  return {
    method,
    host: hostOf(url),
    scheme: protocol.slice(0, -1),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    path: url.pathname,
    upgrade,
  }
}

function compare(
  rule: HttpRule,
  { method, host, scheme, port, path, upgrade }: Facts,
): Pick<HttpVerdict, 'depth' | 'reason'> {
  if (!hostMatches(rule.host, host)) return { depth: 0, reason: `host "${host}": not granted` }
  if (scheme !== rule.scheme) {
    return { depth: 1, reason: `scheme "${scheme}": "${rule.scheme}" granted` }
  }
  if (!rule.port.includes(port)) {
    return { depth: 2, reason: `port ${port}: ${rule.port.join(', ')} granted` }
  }
  if (!rule.methods.includes(method)) {
    return { depth: 3, reason: `method "${method}": ${rule.methods.join(', ')} granted` }
  }
  if (!isAllowedPath(rule, host, path)) {
    return { depth: 4, reason: `path "${path}": ${rule.paths.join(', ')} granted` }
  }
  if (upgrade && rule.upgrade !== true) return { depth: 5, reason: 'a WebSocket: not granted' }
  return { depth: 6, reason: undefined }
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) && host !== pattern.slice(1)
  return host === canonicalHost(pattern)
}

/** By an index of this rule alone, so that there is one place that knows how paths compare. */
function isAllowedPath(rule: HttpRule, host: string, path: string): boolean {
  return indexOfRules([rule]).candidates(host, path).length > 0
}

/** Without the brackets of an IPv6 address and without the dot that ends a fully qualified name. */
function hostOf({ hostname }: URL): string {
  return bare(hostname.endsWith('.') ? hostname.slice(0, -1) : hostname)
}
