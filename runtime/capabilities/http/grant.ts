/** The grant `capabilities.http`: rules about the requests an agent may send. @module */
import * as z from 'zod/mini'
import {
  bytes,
  canonical,
  canonicalHost,
  count,
  describe,
  isTexts,
  leasedList,
  leaseFields,
  leaseText,
  MAX_BUDGET_BYTES,
  MIB,
  type GrantKind,
  type HostUse,
  type Lease,
  type Power,
} from '../../grants/index.ts'

/** Where addresses lie: the Internet, networks that are not routed there, this machine. */
export const NETWORKS = ['public', 'private', 'loopback'] as const
/** Where an address lies: `network` of an http rule. */
export type Network = (typeof NETWORKS)[number]

/** @inline */
const SCHEMES = ['https', 'http'] as const

/** A request is allowed when one rule allows all of it. */
export interface HttpRule extends Lease {
  /** A name, an address, or `*.` and a suffix; in lower case, without port. */
  readonly host: string
  /** @default 'https' */
  readonly scheme: (typeof SCHEMES)[number]
  /** @default that of the scheme, 443 or 80 */
  readonly port: readonly number[]
  /** @default ['GET', 'HEAD'] */
  readonly methods: readonly string[]
  /**
   * A `*` at the end of one stands for all below it.
   *
   * @default every path
   */
  readonly paths: readonly string[]
  /**
   * Where the address that the name resolves to must lie.
   *
   * @default 'public'
   */
  readonly network: Network
  /**
   * Whether a `GET` that the rule allows may open a WebSocket.
   *
   * @default false
   */
  readonly upgrade?: boolean | undefined
  /** Set by the host on every request the rule allows; `{secret:NAME}` stands for a secret. */
  readonly headers?: Readonly<Record<string, string>>
}

const DEFAULT_PORTS = { https: 443, http: 80 } as const

const LABELS = String.raw`[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*`
// IPv6 is only recognised here; the dialer parses it.
const HOST = new RegExp(String.raw`^((\*\.)?${LABELS}|\[?[0-9a-f]*:[0-9a-f:.]+\]?)$`)
const HOST_EXPECTED =
  'a host such as "api.example.com", "*.example.com" or "192.0.2.7", in lower case, without scheme or port'
const PORT_EXPECTED = 'a port between 1 and 65535'

// Headers that frame a message or route a connection belong to the host.
const HEADER =
  /^(?!(?:connection|content-length|expect|host|keep-alive|proxy-[a-z-]+|te|trailer|transfer-encoding|upgrade)$)[!#$%&'*+.^_`|~0-9a-z-]+$/
const HEADER_EXPECTED =
  'a header in lower case that is not about the connection, such as "authorization"'
const TEMPLATE = /^(?:[\t\x20-\x7a|\x7e]|\{secret:[A-Za-z_][A-Za-z0-9_]*\})+$/
const SECRET = /\{secret:([A-Za-z_][A-Za-z0-9_]*)\}/g
const TEMPLATE_EXPECTED = 'a value such as "Bearer {secret:NAME}", in ASCII'

const portSchema = z.int(PORT_EXPECTED).check(z.gte(1, PORT_EXPECTED), z.lte(65_535, PORT_EXPECTED))

const httpRuleFields = z.strictObject({
  host: describe(
    z.string(HOST_EXPECTED).check(z.regex(HOST, HOST_EXPECTED)),
    'Host the agent may reach: a name, "*." and a suffix for every name below it, or an IP address. Required.',
    'api.example.com',
    '*.example.com',
  ),
  scheme: describe(z._default(z.enum(SCHEMES), 'https'), 'Scheme of the URL. Default "https".'),
  port: describe(
    z.optional(z.union([portSchema, z.array(portSchema).check(z.minLength(1, PORT_EXPECTED))])),
    'Port or ports. Default: that of the scheme, 443 or 80.',
  ),
  methods: describe(
    z._default(
      z
        .array(z.string().check(z.regex(/^[A-Z]+$/, 'a method in upper case, such as "POST"')))
        .check(z.minLength(1, 'at least one method')),
      ['GET', 'HEAD'],
    ),
    'Methods the agent may use. Default GET and HEAD: what changes something has to be named.',
  ),
  paths: describe(
    z._default(
      z
        .array(z.string().check(z.regex(/^\/[^?#]*$/, 'a path such as "/v1/*"')))
        .check(z.minLength(1, 'at least one path')),
      ['/*'],
    ),
    'Paths the agent may request; "*" at the end of one stands for all below it. Default: all.',
    ['/v1/*'],
  ),
  network: describe(
    z._default(z.enum(NETWORKS), 'public'),
    'Where the address the host resolves to must lie: "public", "private" (also RFC 1918 and ULA) or "loopback" (also this machine). Default "public".',
  ),
  upgrade: describe(
    z.optional(z.boolean()),
    'Whether the agent may open WebSockets where this rule allows GET: "https" stands for wss, "http" for ws. Default false.',
  ),
  headers: describe(
    z.optional(
      z.record(
        z.string().check(z.regex(HEADER, HEADER_EXPECTED)),
        z.string(TEMPLATE_EXPECTED).check(z.regex(TEMPLATE, TEMPLATE_EXPECTED)),
      ),
    ),
    'Headers the host sets on what this rule allows, in place of the agent\'s own, and not where that redirects to another origin. "{secret:NAME}" stands for a secret of the host, which the agent never sees. Default: none.',
    { authorization: 'Bearer {secret:API_TOKEN}' },
  ),
  ...leaseFields,
})

const ruleSchema = z.pipe(
  httpRuleFields,
  z.transform(({ port, ...rule }) => ({
    ...rule,
    port:
      port === undefined ? [DEFAULT_PORTS[rule.scheme]] : typeof port === 'number' ? [port] : port,
  })),
)

const DEFAULT_MESSAGES = 10_000 // A chat of hours, or a feed of minutes

// Each combination is compared with those of the version before: with as many, a deploy takes half a second more.
const MAX_COMBINATIONS = 5_000
const COMPARABLE = {
  error: `rules with at most ${MAX_COMBINATIONS} combinations of port, method and path`,
  // Only rules that are valid can be counted.
  when: ({ issues }: z.core.ParsePayload): boolean => issues.length === 0,
}

export const httpGrant: GrantKind<
  readonly HttpRule[] | undefined,
  'outboundRequests' | 'outboundBytes' | 'inboundBytes' | 'websocketMessages',
  never
> = {
  schema: () =>
    describe(
      z.optional(z.array(ruleSchema).check(z.refine(isComparable, COMPARABLE))),
      'Requests the agent may send. One is allowed when a single rule allows all of it. Default: none.',
    ),
  parts: leasedList<HttpRule>({
    methods: (value, { methods }) =>
      isTexts(value) && value.length > 0 && value.every((method) => methods.includes(method)),
    paths: (value, { paths }) =>
      isTexts(value) &&
      value.length > 0 &&
      value.every((path) => paths.some((pattern) => covers(pattern, path))),
    upgrade: (value, { upgrade }) => value === false || (value === true && upgrade === true),
  }),
  powers: (rules) => rules.flatMap(powersOf),
  hostSide: {
    quotas: {},
    quotasOf: () => [],
    usesOf: (rules) => rules.flatMap(usesOf),
  },
  budgets: {
    outboundRequests: describe(
      z._default(count('requests'), 50),
      'Requests one invocation may send, redirects, WebSockets and those of its tools included. Default 50.',
    ),
    outboundBytes: describe(
      z._default(bytes(0, MAX_BUDGET_BYTES), 16 * MIB),
      'Bytes of bodies and of messages over WebSockets one invocation may send. Default 16 MiB.',
    ),
    inboundBytes: describe(
      z._default(bytes(0, MAX_BUDGET_BYTES), 32 * MIB),
      'Bytes of bodies and of messages over WebSockets one invocation may receive from other servers. Default 32 MiB.',
    ),
    websocketMessages: describe(
      z._default(count('messages'), DEFAULT_MESSAGES),
      'Messages one invocation may send and receive over WebSockets, those of its tools included. Default 10000.',
    ),
  },
  bounds: {},
}

type Combined = Pick<HttpRule, 'port' | 'methods' | 'paths'>

function isComparable(rules: readonly Combined[]): boolean {
  const combinations = rules.reduce(
    (sum, { port, methods, paths }) => sum + port.length * methods.length * paths.length,
    0,
  )
  return combinations <= MAX_COMBINATIONS
}

/** Whether all that `path`, itself a pattern, stands for lies in `pattern`. */
function covers(pattern: string, path: string): boolean {
  if (pattern === path) return true
  // Only a star at the end stands for more than itself.
  const stem = path.endsWith('*') ? path.slice(0, -1) : path
  return pattern.endsWith('*') && stem.startsWith(pattern.slice(0, -1))
}

function usesOf({ host, network, headers }: HttpRule, index: number): HostUse[] {
  const secrets = Object.entries(headers ?? {}).flatMap(([header, template]) =>
    [...template.matchAll(SECRET)].map(([, name = '']): HostUse => ({
      list: 'secrets',
      name,
      path: [index, 'headers', header],
      host,
    })),
  )
  return [{ list: 'networks', name: network, path: [index, 'network'] }, ...secrets]
}

function powersOf({
  host,
  scheme,
  port,
  methods,
  paths,
  network,
  headers,
  upgrade,
  ...lease
}: HttpRule): Power[] {
  const where = network === 'public' ? '' : ` in the ${network} network`
  const sends = Object.entries(headers ?? {}).map(([name, value]) => ` with ${name}: ${value}`)
  const powers: Power[] = []
  for (const each of port) {
    // Messages over a connection that stays are more than the requests that the rule allows.
    const actions =
      upgrade === true && methods.includes('GET') ? [...methods, 'WEBSOCKET'] : methods
    for (const method of actions) {
      for (const path of paths) {
        const address = `${scheme}://${host}${each === DEFAULT_PORTS[scheme] ? '' : `:${each}`}${path}`
        const text = `http ${method} ${address}${where}${sends.join('')}${leaseText(lease)}`
        const subject = `http ${method} ${scheme} ${each}`
        // Without its headers a rule is another power: the agent may then set them itself.
        const terms = canonical({ network, headers })
        powers.push({ text, subject, host: canonicalHost(host), path, terms, bounds: {}, lease })
      }
    }
  }
  return powers
}
