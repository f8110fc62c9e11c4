/**
 * The schema of `capabilities` in `agent.json`: one field a capability, named as its WIT interface is.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from './describe.ts'
import { CLOCKS, KV_ACCESS, NETWORKS, SCHEMES } from './manifest.ts'

const DEFAULT_LOG_BYTES = 65_536 // A page of stack traces, and less than a request is worth remembering
const DEFAULT_PORTS = { https: 443, http: 80 } as const

const LABELS = String.raw`[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*`
// IPv6 is only recognised here; the dialer parses it.
const HOST = new RegExp(String.raw`^((\*\.)?${LABELS}|\[?[0-9a-f]*:[0-9a-f:.]+\]?)$`)
const HOST_EXPECTED =
  'a host such as "api.example.com", "*.example.com" or "192.0.2.7", in lower case, without scheme or port'
const PORT_EXPECTED = 'a port between 1 and 65535'
const COUNT_EXPECTED = 'a number of 1 or more'

const portSchema = z.int(PORT_EXPECTED).check(z.gte(1, PORT_EXPECTED), z.lte(65_535, PORT_EXPECTED))
const countSchema = z.int(COUNT_EXPECTED).check(z.gte(1, COUNT_EXPECTED))

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
})

const httpRuleSchema = z.pipe(
  httpRuleFields,
  z.transform(({ port, ...rule }) => ({
    ...rule,
    port:
      port === undefined ? [DEFAULT_PORTS[rule.scheme]] : typeof port === 'number' ? [port] : port,
  })),
)

const kvStoreSchema = z.strictObject({
  access: describe(
    z.enum(KV_ACCESS),
    'What the agent may do: "read", or "write", which includes reading. Required.',
  ),
  maxBytes: describe(
    z.optional(countSchema),
    'Bytes the store may hold, keys and values. Default: the bound of the driver.',
  ),
  maxKeys: describe(
    z.optional(countSchema),
    'Keys the store may hold. Default: the bound of the driver.',
  ),
})

const configValueSchema = z.union(
  [
    z.string(),
    z.strictObject({
      env: describe(
        z
          .string()
          .check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')),
        'Environment variable of the host that has the value, read when the agent is loaded.',
      ),
    }),
  ],
  'a string or { "env": "NAME" }',
)

const logSchema = z.pipe(
  z.union(
    [
      z.boolean(),
      z.strictObject({
        maxBytes: describe(
          z.int(COUNT_EXPECTED).check(z.gte(1, COUNT_EXPECTED)),
          'Bytes one invocation may write. What exceeds them is dropped, and the drop is noted. Default 65536.',
        ),
      }),
    ],
    'true, false or { "maxBytes": number }',
  ),
  z.transform((log) => (log === true ? { maxBytes: DEFAULT_LOG_BYTES } : log)),
)

// Its output is `Capabilities` but for optional fields that may hold `undefined`; `parse.ts` takes those out.
export const capabilitiesSchema: z.ZodMiniType<object, unknown> = z.strictObject({
  http: describe(
    z.optional(z.array(httpRuleSchema)),
    'Requests the agent may send. One is allowed when a single rule allows all of it. Default: none.',
  ),
  kv: describe(
    z.optional(z.record(name('a store name such as "notes"'), kvStoreSchema)),
    'Key-value stores by name. Default: none.',
    { notes: { access: 'write' } },
  ),
  config: describe(
    z.optional(z.record(z.string().check(z.minLength(1, 'a name')), configValueSchema)),
    'Values the agent can read. Not for secrets: what is here, the agent can send on. Default: none.',
    { GREETING: 'hello', REGION: { env: 'REGION' } },
  ),
  log: describe(
    z.prefault(logSchema, true),
    'Lines for the operator: on or off, or on with a bound in bytes. Default on, 65536 bytes an invocation.',
  ),
  clock: describe(
    z._default(z.enum(CLOCKS), 'coarse'),
    'Resolution of the time: "coarse" (a millisecond) or "fine" (as fine as the host has it, enough for timing attacks). Default "coarse".',
  ),
  random: describe(
    z._default(z.boolean(), true),
    'Random numbers fit for keys, drawn from the host. Default on.',
  ),
})

function name(expected: string): z.ZodMiniString<string> {
  return z.string(expected).check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, expected))
}
