/**
 * The schema of `agent.json`: every field with its sentence, unit and default.
 *
 * The second argument of a check is the expected value as the error names it, so it reads "a …". Rules about
 * two fields are in `parse.ts`: zod skips such rules once one field is wrong, and Mayfly shows every problem.
 *
 * @module
 */
import * as z from 'zod/mini'
import { LIMIT_FIELDS } from '../capabilities/grants.ts'
import { AGENT_NAME, bytes, describe, integer, KIB, MIB } from '../grants/index.ts'
import { hostsSchema, routeSchema } from './address-schema.ts'
import { assetsSchema } from './assets-schema.ts'
import { capabilitiesSchema } from './capabilities-schema.ts'
import { buildSchema } from './build-schema.ts'
import { consumesSchema, scheduleSchema } from './events-schema.ts'
import { corsSchema } from './cors-schema.ts'
import { rateLimitSchema } from './rate-limit-schema.ts'
import {
  ENGINES,
  FEATURES,
  METERINGS,
  RESETS,
  type AssetSettings,
  type BuildSettings,
  type Consumption,
  type CorsSettings,
  type Engine,
  type RateLimitSettings,
  type Schedule,
} from './manifest.ts'

const PAGE_BYTES = 64 * KIB // The unit of WebAssembly memory
const MAX_MEMORY_BYTES = 4096 * MIB // All a 32-bit memory can address
const MAX_DEADLINE_MS = 3_600_000 // An hour: longer is a job, not a request
const MAX_CONNECTION_MS = 24 * 3_600_000 // A day: clients connect anew after that at the latest
const MAX_CONCURRENCY = 10_000 // More than slots of any host
const MAX_NAME_LENGTH = 63 // Of a DNS label, which a host may make of the name

const limitsSchema = z.strictObject({
  memoryBytes: describe(
    z._default(bytes(PAGE_BYTES, MAX_MEMORY_BYTES), 64 * MIB),
    'All that one invocation may have the engine allocate, in bytes: linear memories, tables (24 bytes an element), exceptions that are held, garbage-collected objects, stacks of calls that can be suspended. An agent that can be suspended, because it loops, recurses or calls what may let it wait, begins with 1 MiB for the stack, one for each component inside; without room for that it is not loaded. A memory or table that would grow past it fails to grow; an object, exception or stack too many ends the invocation. Counted in whole pages of 64 KiB. Default 64 MiB.',
  ),
  deadlineMs: describe(
    z._default(integer(1, MAX_DEADLINE_MS, 'a number of milliseconds'), 10_000),
    'Time from the arrival of the head of a request to the end of its response in milliseconds, its body and waiting included. A request that is not there in full by then is answered with 408, any other with 504. Default 10000.',
  ),
  connectionMs: describe(
    z._default(integer(0, MAX_CONNECTION_MS, 'a number of milliseconds'), 0),
    'Time for which a streamed answer may go on after its head has left, in milliseconds: with it "deadlineMs" is the time until the head, and the time that the agent may compute after it. A host that stops does not wait for it. 0: the answer ends by "deadlineMs" as well. Default 0.',
  ),
  concurrency: describe(
    // An agent in JavaScript gets some 800 slots at most (1.3 MiB each, half of a pool of 2 GiB). The default is a third
    // of them. With it, an agent that waits 100 ms for another service answers 2,500 requests a second in each worker.
    z._default(integer(1, MAX_CONCURRENCY, 'a number of invocations'), 256),
    'Invocations of this agent that run at once in one worker, waiting ones included. Another 256 wait for their turn; further ones are answered with 503. Calls by agents count here, but one never waits for a place that its own chain of calls holds. Default 256.',
  ),
  requestBodyBytes: describe(
    z._default(bytes(0, MAX_MEMORY_BYTES), MIB),
    'Largest request body in bytes. A larger one is answered with 413. Default 1 MiB.',
  ),
  responseBodyBytes: describe(
    z._default(bytes(0, MAX_MEMORY_BYTES), 16 * MIB),
    'Largest response body in bytes, chunks added up. Default 16 MiB.',
  ),
  metering: describe(
    z._default(z.enum(METERINGS), 'fuel'),
    'How a runaway agent is stopped. "fuel" counts work and stops it within a slice, inside its thread; "watchdog" runs unmetered code and stops the whole thread. Default "fuel".',
  ),
  reset: describe(
    z._default(z.enum(RESETS), 'auto'),
    'How an instance gets back its clean state. "pages" copies back what a request wrote, "copy" all of it, "fresh" makes a new instance, "auto" measures and chooses. Default "auto".',
  ),
  fuel: describe(
    z.optional(integer(1, Number.MAX_SAFE_INTEGER, 'a number of fuel units')),
    'Work one invocation may do, in units of fuel: about one loop iteration or call each, and 4,000 a microsecond that the host works for it, such as 4 for each byte that passes. Default: as much as fits the deadline.',
  ),
  ...LIMIT_FIELDS,
})

/** The fields of `limits`. */
export const limitFields: Readonly<Record<string, z.core.$ZodType>> = limitsSchema.shape

const manifestShape = z.strictObject({
  $schema: describe(z.optional(z.string()), 'Where this schema is, for editors. Ignored.'),
  name: describe(
    z.string('a kebab-case name such as "hello-world"').check(
      z.regex(AGENT_NAME, {
        error: 'a kebab-case name such as "hello-world"',
        abort: true,
      }),
      z.maxLength(MAX_NAME_LENGTH, `a name of at most ${MAX_NAME_LENGTH} characters`),
    ),
    'Name of the agent, in kebab-case. Required.',
    'hello',
    'price-watch',
  ),
  description: describe(z.optional(z.string()), 'One sentence for people. Default: none.'),
  example: describe(
    z.optional(
      // Printed to a terminal: no control characters.
      z
        .string()
        .check(z.regex(/^[\x20-\x7e]*\{url\}[\x20-\x7e]*$/, 'one line that has {url} in it')),
    ),
    'A command that shows the agent at work, printed when it is served. {url} stands for its address. Default "curl {url}".',
    "curl '{url}?name=Ada'",
  ),
  source: describe(
    z.optional(file('a path such as "agent.ts"', /\.(tsx?|mts|jsx?|mjs|c)$/)),
    'Source file, relative to this file: .ts, .tsx, .mts, .js, .jsx, .mjs, .as.ts for AssemblyScript or .c. Exactly one of "source" and "component" is needed.',
    'agent.ts',
  ),
  component: describe(
    z.optional(file('a path such as "agent.wasm"', /\.wasm$/)),
    'A component that is already built, relative to this file.',
    'agent.wasm',
  ),
  wit: describe(
    z.optional(z.string().check(z.minLength(1, 'a path such as "world.wit"'))),
    'WIT of the component, relative to this file: a file, or a folder of them. A component has lost the comments of its WIT; these describe its exported functions. Default: none.',
    'world.wit',
  ),
  descriptions: describe(
    z.optional(z.record(z.string(), z.string())),
    'What exported functions do, for models and people that call them. Comes before what "wit" says. Default: none.',
    { 'acme:math/ops#add': 'Adds two numbers' },
  ),
  engine: describe(
    z.optional(z.enum(ENGINES)),
    'What runs or compiles the source. Default "quickjs" (1.1 MB), "assemblyscript" for .as.ts, "c" for .c (clang with wasi-libc). "starlingmonkey" makes a component of 13 MB, with the Web APIs of that engine when the source listens to the event "fetch". "javy" has the Javy compiler build it. "componentize-qjs" is QuickJS as jco wraps it (1.6 MB), to compare with.',
  ),
  build: buildSchema,
  route: routeSchema,
  hosts: hostsSchema,
  assets: assetsSchema,
  schedule: scheduleSchema,
  consumes: consumesSchema,
  cors: corsSchema,
  rateLimit: rateLimitSchema,
  features: describe(
    z.optional(z.array(z.enum(FEATURES))),
    'Parts of WebAssembly that the component uses and that are refused otherwise. The host has to allow them too: mayfly serve --allow-feature gc. "gc" is garbage-collected objects, which count in limits.memoryBytes from when they are made to the end of the invocation, whether or not they are still used. "shared-memory" is memories that threads share; there are no threads here, and waiting for one traps. Default: none.',
    ['gc'],
  ),
  capabilities: describe(
    z.prefault(capabilitiesSchema, {}),
    'What the agent may do beyond computing. What is not granted here is refused.',
  ),
  limits: describe(z.prefault(limitsSchema, {}), 'Bounds of one invocation.'),
})

/** A manifest that breaks no rule of a single field. Optional fields may hold `undefined`. */
export interface ManifestFields {
  readonly $schema?: string | undefined
  readonly name: string
  readonly description?: string | undefined
  readonly example?: string | undefined
  readonly source?: string | undefined
  readonly component?: string | undefined
  readonly wit?: string | undefined
  readonly descriptions?: Readonly<Record<string, string>> | undefined
  readonly engine?: Engine | undefined
  readonly build?: BuildSettings | undefined
  readonly route?: string | false | undefined
  readonly hosts?: readonly string[] | undefined
  readonly assets?: string | AssetSettings | undefined
  readonly schedule?: readonly Schedule[] | undefined
  readonly consumes?: Readonly<Record<string, Consumption>> | undefined
  readonly cors?: CorsSettings | undefined
  readonly rateLimit?: RateLimitSettings | undefined
  readonly features?: readonly string[] | undefined
  readonly capabilities: object
  readonly limits: object
}

export const manifestSchema: z.ZodMiniType<ManifestFields> = manifestShape

function file(expected: string, ending: RegExp): z.ZodMiniString<string> {
  return z.string(expected).check(z.regex(ending, expected))
}
