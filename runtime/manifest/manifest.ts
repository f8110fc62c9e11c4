/**
 * What `agent.json` says, parsed: defaults filled in, every list a list, frozen all the way down.
 *
 * A parsed manifest is itself a valid manifest, so parsing twice changes nothing. The words for people are
 * in `schema.ts`, from where they reach the published JSON Schema.
 *
 * @module
 */

export const ENGINES = [
  'quickjs',
  'componentize-qjs',
  'starlingmonkey',
  'javy',
  'assemblyscript',
  'c',
] as const
export type Engine = (typeof ENGINES)[number]

/** Engines of one language each, by how its sources end. The others run JavaScript. */
const LANGUAGES: readonly (readonly [ending: string, engine: Engine])[] = [
  ['.as.ts', 'assemblyscript'],
  ['.c', 'c'],
]

/** The engine of a source whose manifest names none. */
export function engineOf(source: string): Engine {
  return LANGUAGES.find(([ending]) => source.endsWith(ending))?.[1] ?? 'quickjs'
}

/** Whether `engine` runs the language of `source`. */
export function runsSource(engine: Engine, source: string): boolean {
  const ofOneLanguage = LANGUAGES.some(([, each]) => each === engine)
  return ofOneLanguage ? engineOf(source) === engine : engineOf(source) === 'quickjs'
}

export const NETWORKS = ['public', 'private', 'loopback'] as const
export type Network = (typeof NETWORKS)[number]

export const SCHEMES = ['https', 'http'] as const
export const KV_ACCESS = ['read', 'write'] as const
export const CLOCKS = ['coarse', 'fine', 'fixed'] as const
export const METERINGS = ['fuel', 'watchdog'] as const
/** Parts of WebAssembly that few components need and that cost a host more. */
export const FEATURES = ['gc', 'shared-memory'] as const
export type Feature = (typeof FEATURES)[number]
export const RESETS = ['auto', 'pages', 'copy', 'fresh'] as const

/** One `agent.json`. */
export interface Manifest {
  readonly name: string
  readonly description?: string
  /** A command for people to try; `{url}` stands for the address of the agent. */
  readonly example?: string
  /** Source file, relative to the manifest. Never together with `component`. */
  readonly source?: string
  /** A built component, relative to the manifest. Embedders, who pass bytes, give neither. */
  readonly component?: string
  /** WIT of the component, relative to the manifest: a file or a folder whose comments describe its exports. */
  readonly wit?: string
  /** What exported functions do, by name: `greet`, `acme:math/ops#add`. */
  readonly descriptions?: Readonly<Record<string, string>>
  /** Set when there is a source. */
  readonly engine?: Engine
  readonly route: string
  /** Parts of WebAssembly that the component uses, if the host allows them. Absent: none. */
  readonly features?: readonly Feature[]
  readonly capabilities: Capabilities
  readonly limits: Limits
}

/** What the agent may do beyond computing. A field that is absent grants nothing. */
export interface Capabilities {
  readonly http?: readonly HttpRule[]
  readonly kv?: Readonly<Record<string, KvStore>>
  readonly config?: Readonly<Record<string, ConfigValue>>
  readonly files?: FileAreas
  readonly tools?: Readonly<Record<string, ToolGrant>>
  readonly log: false | { readonly maxBytes: number }
  /** `fixedMs`: milliseconds since 1970 that every request sees. */
  readonly clock: 'coarse' | 'fine' | { readonly fixedMs: number }
  /** `seed`: every request draws the same numbers from it. */
  readonly random: boolean | { readonly seed: string }
}

/** Ends a grant by itself: at a time, after so many uses, or both. */
export interface Lease {
  /** In ISO 8601. */
  readonly expires?: string
  readonly maxUses?: number
}

/** A request is allowed when one rule allows all of it. */
export interface HttpRule extends Lease {
  readonly host: string
  readonly scheme: (typeof SCHEMES)[number]
  readonly port: readonly number[]
  readonly methods: readonly string[]
  readonly paths: readonly string[]
  readonly network: Network
  /** Set by the host on every request the rule allows; `{secret:NAME}` stands for a secret. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Areas of files. One that is absent does not exist for the agent. */
export interface FileAreas {
  /** What the host gives it to read. */
  readonly input?: true
  /** Gone after the request. */
  readonly scratch?: { readonly maxBytes: number }
  /** Kept. */
  readonly output?: { readonly maxBytes: number }
}

export interface KvStore extends Lease {
  readonly access: (typeof KV_ACCESS)[number]
  readonly maxBytes?: number
  readonly maxKeys?: number
}

/** Another agent that this one may call. */
export interface ToolGrant extends Lease {
  readonly agent: string
  /** What is left of the callee's own grants, by where they stand in its `capabilities`. */
  readonly narrow?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Those of the callee's own grants that do not hold here. */
  readonly revoke?: readonly string[]
  /** Results can be taken as blobs only, and handed to these tools, or to any; never read. */
  readonly opaque?: true | readonly string[]
  /** Interfaces this agent imports that the callee's exports satisfy. */
  readonly provides?: readonly string[]
}

export type ConfigValue = string | { readonly env: string }

export interface Limits {
  readonly memoryBytes: number
  readonly deadlineMs: number
  readonly concurrency: number
  readonly requestBodyBytes: number
  readonly responseBodyBytes: number
  readonly metering: (typeof METERINGS)[number]
  readonly reset: (typeof RESETS)[number]
  readonly fuel?: number
  readonly outboundRequests: number
  readonly outboundBytes: number
  readonly inboundBytes: number
  readonly kvOperations: number
  readonly logBytes: number
  readonly toolCalls: number
  readonly toolDepth: number
  readonly toolFanOut: number
  readonly blobBytes: number
}
