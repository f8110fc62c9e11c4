/** The schema of one rule of `capabilities.http` in `agent.json`. @module */
import * as z from 'zod/mini'
import { describe } from './describe.ts'
import { leaseFields } from './lease-schema.ts'
import { NETWORKS, SCHEMES } from './manifest.ts'

const DEFAULT_PORTS = { https: 443, http: 80 } as const

const LABELS = String.raw`[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*`
// IPv6 is only recognised here; the dialer parses it.
const HOST = new RegExp(String.raw`^((\*\.)?${LABELS}|\[?[0-9a-f]*:[0-9a-f:.]+\]?)$`)
const HOST_EXPECTED =
  'a host such as "api.example.com", "*.example.com" or "192.0.2.7", in lower case, without scheme or port'
const PORT_EXPECTED = 'a port between 1 and 65535'

// What frames a message or routes a connection stays the host's.
const HEADER =
  /^(?!(?:connection|content-length|expect|host|keep-alive|proxy-[a-z-]+|te|trailer|transfer-encoding|upgrade)$)[!#$%&'*+.^_`|~0-9a-z-]+$/
const HEADER_EXPECTED =
  'a header in lower case that is not about the connection, such as "authorization"'
const TEMPLATE = /^(?:[\t\x20-\x7a|\x7e]|\{secret:[A-Za-z_][A-Za-z0-9_]*\})+$/
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

export const httpRuleSchema: z.ZodMiniType<object, unknown> = z.pipe(
  httpRuleFields,
  z.transform(({ port, ...rule }) => ({
    ...rule,
    port:
      port === undefined ? [DEFAULT_PORTS[rule.scheme]] : typeof port === 'number' ? [port] : port,
  })),
)
