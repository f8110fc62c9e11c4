/**
 * Whether the http rules of a manifest allow a request: a pure decision, with its reason.
 *
 * A request is allowed when one rule allows all of it. Addresses are not decided here: a name may resolve
 * to anything, so the driver that dials checks them.
 *
 * @module
 */

import type { HttpRule } from '../manifest/index.ts'

export interface HttpTarget {
  readonly method: string
  readonly url: URL
}

export type HttpDecision =
  | { readonly state: 'allowed'; readonly rule: HttpRule }
  /** `reason` says what did not match; `hint` is the line that would. Both for operators only. */
  | { readonly state: 'denied'; readonly reason: string; readonly hint: string }

// What a rule that names no methods grants; the hint leaves them out as well.
const DEFAULT_METHODS: readonly string[] = ['GET', 'HEAD']

/** Decides by the first rule that allows the request; explains by the rule that came nearest. */
export function decideHttp(rules: readonly HttpRule[], target: HttpTarget): HttpDecision {
  let nearest: Mismatch | undefined
  for (const rule of rules) {
    const mismatch = compare(rule, target)
    if (mismatch === undefined) return { state: 'allowed', rule }
    if (nearest === undefined || mismatch.depth > nearest.depth) nearest = mismatch
  }
  const reason = nearest?.reason ?? 'no rule'
  return { state: 'denied', reason, hint: `Add ${ruleFor(target)} to capabilities.http` }
}

/** The rule that would allow exactly this request, as it would stand in agent.json. */
export function ruleFor({ method, url }: HttpTarget): string {
  const entries: [string, unknown][] = [
    ['host', hostOf(url)],
    ...(url.protocol === 'http:' ? [['scheme', 'http'] satisfies [string, string]] : []),
    ...(url.port === '' ? [] : [['port', Number(url.port)] satisfies [string, number]]),
    ...(DEFAULT_METHODS.includes(method)
      ? []
      : [['methods', [method]] satisfies [string, string[]]]),
    ['paths', [url.pathname]],
  ]
  const lines = entries.map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
  return `{ ${lines.join(', ')} }`
}

interface Mismatch {
  /** How many parts matched before the first that did not. */
  readonly depth: number
  readonly reason: string
}

function compare(rule: HttpRule, { method, url }: HttpTarget): Mismatch | undefined {
  const host = hostOf(url)
  const scheme = url.protocol.slice(0, -1)
  const port = portOf(url)
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
  if (!rule.paths.some((pattern) => pathMatches(pattern, url.pathname))) {
    return { depth: 4, reason: `path "${url.pathname}": ${rule.paths.join(', ')} granted` }
  }
  return undefined
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

/** Without the brackets of an IPv6 address and without the dot that ends a fully qualified name. */
function hostOf({ hostname }: URL): string {
  return bare(hostname).replace(/\.$/, '')
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) && host !== pattern.slice(1)
  // An IPv6 address has many spellings; the URL parser knows the one it gives to `host`.
  return host === (pattern.includes(':') ? canonical(pattern) : pattern)
}

function canonical(address: string): string {
  return bare(URL.parse(`http://[${bare(address)}]/`)?.hostname ?? address)
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/**
 * Compared as the URL parser left it, with dot segments already resolved. Encoded slashes, backslashes and
 * dots match no pattern with a prefix: a server may decode them and end up outside of it.
 */
function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '/*') return true
  if (!pattern.endsWith('*')) return path === pattern
  return path.startsWith(pattern.slice(0, -1)) && !/%(2f|5c|2e)/i.test(path)
}
