/**
 * The parsed `agent.json`: defaults filled in, every list a list, frozen all the way down.
 *
 * A parsed manifest is itself a valid manifest, so parsing twice changes nothing. The descriptions of the fields
 * are in `schema.ts`, and the published JSON Schema takes them from there.
 *
 * @module
 */

import type { Capabilities, LIMIT_FIELDS } from '../capabilities/grants.ts'
import type { Consumption, Schedule } from './events-schema.ts'

export type { Consumption, Schedule }

/** Engines: each runs or compiles the source of an agent. */
export const ENGINES = [
  'quickjs',
  'componentize-qjs',
  'starlingmonkey',
  'javy',
  'assemblyscript',
  'c',
] as const
/** The engine that runs or compiles the source of an agent: `engine` of agent.json. */
export type Engine = (typeof ENGINES)[number]

/** Engines of one language each, by how its sources end. The others run JavaScript. */
const LANGUAGES: readonly (readonly [ending: string, engine: Engine])[] = [
  ['.as.ts', 'assemblyscript'],
  ['.c', 'c'],
]

/** The default engine for the file `source`. */
export function engineOf(source: string): Engine {
  return LANGUAGES.find(([ending]) => source.endsWith(ending))?.[1] ?? 'quickjs'
}

/** Whether `engine` runs the language of `source`. */
export function runsSource(engine: Engine, source: string): boolean {
  const ofOneLanguage = LANGUAGES.some(([, each]) => each === engine)
  return ofOneLanguage ? engineOf(source) === engine : engineOf(source) === 'quickjs'
}

/** How the work of a guest is bounded: counted in fuel, or by a watchdog on another thread. */
export const METERINGS = ['fuel', 'watchdog'] as const
/** Parts of WebAssembly that few components need and that cost a host more. */
export const FEATURES = ['gc', 'shared-memory'] as const
/** A part of WebAssembly that few components need: `features` of agent.json. */
export type Feature = (typeof FEATURES)[number]
/** How slots are put back after a call: chosen by measurement, page by page, as a whole, or made anew. */
export const RESETS = ['auto', 'pages', 'copy', 'fresh'] as const

/** What a file that is imported may be. */
export const LOADERS = [
  'base64',
  'binary',
  'dataurl',
  'empty',
  'js',
  'json',
  'jsx',
  'text',
  'ts',
  'tsx',
] as const

/** How the modules of an agent in JavaScript are found and read: `build` of agent.json. */
export interface BuildSettings {
  /** Conditions of `exports` that hold beside the usual ones. */
  readonly conditions?: readonly string[] | undefined
  /** Modules that others take the place of. */
  readonly alias?: Readonly<Record<string, string>> | undefined
  /** Names that stand for a value of JSON. */
  readonly define?: Readonly<Record<string, unknown>> | undefined
  /** Packages that are left out: an error where they are used. */
  readonly external?: readonly string[] | undefined
  /** What files are, by their ending. */
  readonly loader?: Readonly<Record<string, (typeof LOADERS)[number]>> | undefined
  /** Bytes of the stack of the engine `quickjs`. */
  readonly stackBytes?: number | undefined
}

/** Pages of other origins that may read the answers of an agent: `cors` of agent.json. */
export interface CorsSettings {
  /** As browsers write them; `*` for all. */
  readonly origins: readonly string[]
  /** Methods that such pages may send. */
  readonly methods?: readonly string[] | undefined
  /** Fields that such pages may send; any without. */
  readonly headers?: readonly string[] | undefined
  /** Fields of answers that such pages may read beside those that every page may. */
  readonly expose?: readonly string[] | undefined
  /** Whether cookies are sent along. */
  readonly credentials?: boolean | undefined
  /** Time for which a browser need not ask again. */
  readonly maxAgeSeconds?: number | undefined
}

/** How many requests clients may send: `rateLimit` of agent.json. */
export interface RateLimitSettings {
  /** Requests that may come in `perMs`. */
  readonly requests: number
  /** In milliseconds. */
  readonly perMs: number
  /** Whose requests are counted together: those of each client, or all of the agent. */
  readonly by: 'client' | 'agent'
}

/** Files that are served beside the answers of an agent: `assets` of agent.json. */
export interface AssetSettings {
  /** The folder of the files, relative to the manifest. */
  readonly folder: string
  /** The file in it that answers browsers that open a page where no file is. */
  readonly fallback?: string | undefined
  /** Paths below the route that always go to the agent: one, or all below one with `/*`. */
  readonly except?: readonly string[] | undefined
  /** Paths below the route whose files never change. */
  readonly immutable?: readonly string[] | undefined
}

/**
 * Bounds of `build.stackBytes`, in bytes, and its default. A script that recurses without end is to meet QuickJS's RangeError,
 * which it can catch, before V8's own stack of about 1 MB is used up, which traps. Of 80 ways to recurse through scripts
 * none trapped at 320 KiB, and the first at 384 KiB, on Node 26 with code that is not optimized. The library needs some itself.
 */
export const STACK_BYTES = { least: 65_536, most: 294_912, usual: 229_376 } as const

/** One `agent.json`. */
export interface Manifest {
  /** Lower-case letters, digits and dashes: a name for the host, for other agents, for logs. */
  readonly name: string
  /** One sentence for people. */
  readonly description?: string
  /** A command for people to try; `{url}` stands for the address of the agent. */
  readonly example?: string
  /** Source file, relative to the manifest. Never together with `component`. */
  readonly source?: string
  /** A built component, relative to the manifest. Embedders pass bytes, and give neither `source` nor `component`. */
  readonly component?: string
  /** WIT of the component, relative to the manifest: a file or a folder. Its comments describe the exports. */
  readonly wit?: string
  /** Descriptions of exported functions, by name: `greet`, `acme:math/ops#add`. */
  readonly descriptions?: Readonly<Record<string, string>>
  /** Set when there is a source. */
  readonly engine?: Engine
  /** How modules are found and read. */
  readonly build?: BuildSettings
  /**
   * The paths it answers: one, or all below one with `/*` at the end. Absent with `hosts` alone: then it answers all paths
   * of these, and none beside other agents. `false` when it answers none, and is reached as a tool alone.
   *
   * @default `/<name>/*` without `hosts`
   */
  readonly route?: string | false
  /** Names of hosts that are its alone. Never an empty list. */
  readonly hosts?: readonly string[]
  /** Files that it serves beside its answers. Absent: none. */
  readonly assets?: AssetSettings
  /** When the host calls `mayfly:agent/scheduled`. Never an empty list. */
  readonly schedule?: readonly Schedule[]
  /** Queues of this agent, by name: the host calls `mayfly:agent/consumer` with their messages. Never empty. */
  readonly consumes?: Readonly<Record<string, Consumption>>
  /** Pages of other origins that may read its answers. Absent: its own fields decide. */
  readonly cors?: CorsSettings
  /** How many requests clients may send. Absent: the host counts none. */
  readonly rateLimit?: RateLimitSettings
  /** Parts of WebAssembly that the component uses, if the host allows them. Absent: none. */
  readonly features?: readonly Feature[]
  /** What it may do beyond computing. */
  readonly capabilities: Capabilities
  /** What one invocation may use. */
  readonly limits: Limits
}

/** Bounds of one invocation. */
export interface Limits extends Readonly<Record<keyof typeof LIMIT_FIELDS, number>> {
  /**
   * All that one invocation may have the engine allocate, in bytes, stacks included.
   *
   * @default 67_108_864
   */
  readonly memoryBytes: number
  /**
   * Milliseconds from the head of a request to the end of its answer, waiting included; to the head of a streamed answer
   * where `connectionMs` is set.
   *
   * @default 10_000
   */
  readonly deadlineMs: number
  /**
   * Milliseconds for which a streamed answer may go on after its head. Its guest may compute for `deadlineMs` of them.
   *
   * @default 0: it ends by `deadlineMs`
   */
  readonly connectionMs: number
  /**
   * Invocations that run at once in one runtime; 256 more wait.
   *
   * @default 256
   */
  readonly concurrency: number
  /** @default 1_048_576 */
  readonly requestBodyBytes: number
  /**
   * Chunks added up.
   *
   * @default 16_777_216
   */
  readonly responseBodyBytes: number
  /**
   * How an invocation that does not end is stopped.
   *
   * @default 'fuel'
   */
  readonly metering: (typeof METERINGS)[number]
  /**
   * How a slot gets back its clean state.
   *
   * @default 'auto': measured and chosen
   */
  readonly reset: (typeof RESETS)[number]
  /**
   * Work of one invocation, in units of about one loop iteration or call.
   *
   * @default as much as fits the deadline
   */
  readonly fuel?: number
}
