/**
 * Whether the http rules of a manifest allow a request: a pure decision, with its reason.
 *
 * A rule names one host, or the subdomains of one. What a rule leaves out is not "anything": it is the
 * narrowest useful default (https, its port, reading, every path). Addresses are not decided here: a name
 * may resolve to anything, so the driver that dials checks them.
 *
 * @module
 */

export const HTTP_SCHEMES = ['https', 'http'] as const
export type HttpScheme = (typeof HTTP_SCHEMES)[number]

/** The nearest network an address may lie in: `loopback` allows loopback only besides the public one. */
export const HTTP_NETWORKS = ['public', 'private', 'loopback'] as const
export type HttpNetwork = (typeof HTTP_NETWORKS)[number]

/** One entry of `capabilities.http` in agent.json. */
export interface HttpRule {
  /** A host name, an address, or `*.example.com` for the names below `example.com`, but not itself. */
  readonly host: string
  /** @default 'https' */
  readonly scheme?: HttpScheme
  /** @default the port of the scheme */
  readonly port?: number
  /** @default ['GET', 'HEAD'] */
  readonly methods?: readonly string[]
  /**
   * Paths, exact or ending in `*`, which stands for everything that follows.
   *
   * @default ['/*']
   */
  readonly paths?: readonly string[]
  /**
   * Where the address of the host may lie.
   *
   * @default 'public'
   */
  readonly network?: HttpNetwork
  /** Headers the host adds to requests this rule allows. The guest neither sees nor overrides them. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface HttpTarget {
  readonly method: string
  readonly url: URL
}

export type HttpDecision =
  | { readonly state: 'allowed'; readonly rule: HttpRule }
  /** `reason` says what did not match; `hint` is the line that would. Both for operators only. */
  | { readonly state: 'denied'; readonly reason: string; readonly hint: string }

const DEFAULT_PORTS: Readonly<Record<HttpScheme, number>> = { https: 443, http: 80 }
const DEFAULT_METHODS: readonly string[] = ['GET', 'HEAD']
const DEFAULT_PATHS: readonly string[] = ['/*']

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
  const scheme = schemeOf(url)
  const rule: HttpRule = {
    host: hostOf(url),
    ...(scheme === 'http' ? { scheme } : {}),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(DEFAULT_METHODS.includes(method) ? {} : { methods: [method] }),
    paths: [url.pathname],
  }
  const entries = Object.entries(rule).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{ ${entries.join(', ')} }`
}

interface Mismatch {
  /** How many parts matched before the first that did not. */
  readonly depth: number
  readonly reason: string
}

function compare(rule: HttpRule, { method, url }: HttpTarget): Mismatch | undefined {
  const scheme = schemeOf(url)
  const wantedScheme = rule.scheme ?? 'https'
  const port = url.port === '' ? DEFAULT_PORTS[scheme ?? wantedScheme] : Number(url.port)
  const wantedPort = rule.port ?? DEFAULT_PORTS[wantedScheme]
  const methods = rule.methods ?? DEFAULT_METHODS
  const paths = rule.paths ?? DEFAULT_PATHS
  if (!hostMatches(rule.host, hostOf(url))) {
    return { depth: 0, reason: `host "${hostOf(url)}": not granted` }
  }
  if (scheme !== wantedScheme) {
    return { depth: 1, reason: `scheme "${url.protocol.slice(0, -1)}": "${wantedScheme}" granted` }
  }
  if (port !== wantedPort) return { depth: 2, reason: `port ${port}: ${wantedPort} granted` }
  if (!methods.includes(method) && !methods.includes('*')) {
    return { depth: 3, reason: `method "${method}": ${methods.join(', ')} granted` }
  }
  if (!paths.some((pattern) => pathMatches(pattern, url.pathname))) {
    return { depth: 4, reason: `path "${url.pathname}": ${paths.join(', ')} granted` }
  }
  return undefined
}

function schemeOf({ protocol }: URL): HttpScheme | undefined {
  return HTTP_SCHEMES.find((scheme) => `${scheme}:` === protocol)
}

/** Without the brackets of an IPv6 address and without the dot that ends a fully qualified name. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function hostMatches(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase()
  if (wanted === '*') return true
  if (!wanted.startsWith('*.')) return host === wanted
  return host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1
}

/**
 * Compared as the URL parser left it, with dot segments already resolved. Encoded slashes, backslashes and
 * dots match no pattern with a prefix: a server may decode them and end up outside of it.
 */
function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '/*' || pattern === '*') return true
  if (!pattern.endsWith('*')) return path === pattern
  return path.startsWith(pattern.slice(0, -1)) && !/%(2f|5c|2e)/i.test(path)
}
