/**
 * The schema of `capabilities` in `agent.json`: one field a capability, named as its WIT interface is.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from './describe.ts'
import { httpRuleSchema } from './http-rule-schema.ts'
import { countSchema, leaseFields } from './lease-schema.ts'
import { CLOCKS, KV_ACCESS } from './manifest.ts'

const DEFAULT_LOG_BYTES = 65_536 // A page of stack traces, and less than a request is worth remembering
const DEFAULT_FIXED_MS = Date.UTC(2000, 0, 1) // After every epoch in use, and a round number to read
const DEFAULT_SEED = 'mayfly'
const DEFAULT_AREA_BYTES = 16_777_216 // Room for what a request unpacks; a host keeps many of them in memory

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
  ...leaseFields,
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
          countSchema,
          'Bytes one invocation may write. What exceeds them is dropped, and the drop is noted. Default 65536.',
        ),
      }),
    ],
    'true, false or { "maxBytes": number }',
  ),
  z.transform((log) => (log === true ? { maxBytes: DEFAULT_LOG_BYTES } : log)),
)

// The objects come first: of two that are off, the message about a key says more than one about the kind.
const clockSchema = z.pipe(
  z.union(
    [
      z.strictObject({
        fixedMs: describe(
          z.int('a number of milliseconds').check(z.gte(0, 'a number of milliseconds')),
          'The time every request sees, in milliseconds since 1970. Required.',
        ),
      }),
      z.enum(CLOCKS),
    ],
    '"coarse", "fine", "fixed" or { "fixedMs": number }',
  ),
  z.transform((clock) => (clock === 'fixed' ? { fixedMs: DEFAULT_FIXED_MS } : clock)),
)

const randomSchema = z.pipe(
  z.union(
    [
      z.strictObject({
        seed: describe(z.string(), 'Any text: the same gives the same numbers. Required.'),
      }),
      z.boolean(),
      z.literal('seeded'),
    ],
    'true, false, "seeded" or { "seed": text }',
  ),
  z.transform((random) => (random === 'seeded' ? { seed: DEFAULT_SEED } : random)),
)

const areaFields = z.strictObject({
  maxBytes: describe(
    z._default(countSchema, DEFAULT_AREA_BYTES),
    'Bytes the area may hold, names included. Default 16 MiB.',
  ),
})

const areaSchema = z.union(
  [
    z.pipe(
      z.literal(true),
      z.transform(() => ({ maxBytes: DEFAULT_AREA_BYTES })),
    ),
    areaFields,
  ],
  'true or { "maxBytes": number }',
)

const filesSchema = z.strictObject({
  input: describe(
    z.optional(z.literal(true, 'true')),
    'Files the host gives, under "/input", to read only: those in files/<agent>/input of its data directory. Default: none.',
  ),
  scratch: describe(
    z.optional(areaSchema),
    'Files under "/scratch", gone after the request. Default: none.',
  ),
  output: describe(
    z.optional(areaSchema),
    'Files under "/output", which stay: in files/<agent>/output of the data directory of the host. Without one, as long as the agent is loaded. Default: none.',
  ),
})

const GRANT_EXPECTED = 'where a grant stands in "capabilities", such as "kv.notes" or "http[0]"'
const grantName = z
  .string(GRANT_EXPECTED)
  .check(z.regex(/^(http\[\d+\]|(kv|tools|files)\.[\w.-]+)$/, GRANT_EXPECTED))
const INTERFACE_EXPECTED = 'an interface such as "acme:math/ops"'

const toolSchema = z.strictObject({
  agent: describe(
    z.optional(
      z
        .string('the name of an agent')
        .check(z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the name of an agent')),
    ),
    'Agent that is called. Default: the one of the same name.',
    'search',
  ),
  narrow: describe(
    z.optional(z.record(grantName, z.record(z.string(), z.unknown()))),
    'What the called agent keeps of its own grants when this agent calls it, by where they stand in its "capabilities". Never more than it has. Default: all of them.',
    { 'kv.notes': { access: 'read' } },
  ),
  revoke: describe(
    z.optional(z.array(grantName)),
    'Which of its own grants the called agent does not have when this agent calls it. Default: none.',
    ['http[0]'],
  ),
  opaque: describe(
    z.optional(
      z.union(
        [z.literal(true), z.array(z.string('the name of a tool'))],
        'true or a list of names of tools',
      ),
    ),
    'This agent can take results of the called agent as blobs only, which it can hand to other tools and never read: to the tools named here, or with true to any. Default: it can read them.',
    ['report'],
  ),
  provides: describe(
    z.optional(
      z.array(
        z
          .string(INTERFACE_EXPECTED)
          .check(z.regex(/^[a-z][\w-]*:[a-z][\w-]*\/[a-z][\w-]*(@[\w.+-]+)?$/, INTERFACE_EXPECTED)),
      ),
    ),
    'Interfaces this agent imports and the called agent exports: linked to each other, each in its own sandbox. Default: none.',
    ['acme:math/ops'],
  ),
  ...leaseFields,
})

const toolsSchema = z.pipe(
  z.record(name('a tool name such as "search"'), toolSchema),
  z.transform((tools) =>
    Object.fromEntries(
      Object.entries(tools).map(([tool, { agent = tool, ...rest }]) => [tool, { agent, ...rest }]),
    ),
  ),
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
  files: describe(
    z.optional(filesSchema),
    'Areas of files, for agents that use wasi:filesystem. Default: none, and no path leads anywhere.',
    { scratch: true },
  ),
  tools: describe(
    z.optional(toolsSchema),
    'Other agents this one may call, by the name it calls them. Each runs with its own grants, never with those of this agent. Default: none.',
    { search: {}, notes: { agent: 'notebook', narrow: { 'kv.notes': { access: 'read' } } } },
  ),
  log: describe(
    z.prefault(logSchema, true),
    'Lines for the operator: on or off, or on with a bound in bytes. Default on, 65536 bytes an invocation.',
  ),
  clock: describe(
    z.prefault(clockSchema, 'coarse'),
    'Resolution of the time: "coarse" (a millisecond) or "fine" (as fine as the host has it, enough for timing attacks). For tests and replay "fixed": every request sees 2000-01-01, or the time given. Default "coarse".',
  ),
  random: describe(
    z.prefault(randomSchema, true),
    'Random numbers fit for keys, drawn from the host. For tests and replay "seeded": every request draws the same numbers, which are fit for nothing else. Default on.',
  ),
})

function name(expected: string): z.ZodMiniString<string> {
  return z.string(expected).check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, expected))
}
