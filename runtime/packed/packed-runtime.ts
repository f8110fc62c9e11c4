/**
 * Loads packed agents: without decoder, validator, planner and rewriter, and without running any code of an agent.
 *
 * @module
 */
import {
  LoadedAgents,
  suspendingOf,
  type Agent,
  type CommonRuntimeOptions,
  type RuntimeStats,
  type TurnStats,
} from '../agents/index.ts'
import { webSha256 } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { HostModule } from '../host-module/index.ts'
import { ABORT_MODULE, type ImportSource, type LinkPlan } from '../link/index.ts'
import { giveSmall, PACK_HINT } from '../modules/index.ts'
import { modulesBeside } from '../stamp/index.ts'
import { missingModule, unpackAgent, type GivenModules, type PackedFiles } from './unpack-agent.ts'

/** Options of a runtime for packed agents: as for any other, without those that are about components. */
export interface PackedRuntimeOptions extends Omit<
  CommonRuntimeOptions,
  'codeStore' | 'features' | 'initialisationMs' | 'site' | 'warmUp'
> {
  /** The capabilities that agents can be granted: those that they were packed with. */
  readonly capabilities: readonly HostModule[]
  /** Names the types of the host's functions. An agent that was packed for other ones is refused. */
  readonly types: string
}

/** Loads packed agents and runs them. */
export class PackedRuntime {
  readonly #loaded: LoadedAgents
  readonly #types: string

  constructor({ types, ...options }: PackedRuntimeOptions) {
    this.#loaded = new LoadedAgents(options)
    this.#types = types
  }

  /** How guests that compute for long share the thread. */
  get turns(): TurnStats {
    return this.#loaded.sandboxes.turns
  }

  /** The agents that are loaded. */
  get agents(): readonly Agent[] {
    return this.#loaded.all
  }

  /**
   * Loads a packed agent. Its files and modules are trusted like code of the program.
   *
   * @param modules - at least those that it needs
   * @param imports - providers of further imports, as `LoadOptions` has them
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED for one that another version packed, ERR_HOST_UNAVAILABLE for a module
   *   that is not there, and as `Runtime.load` does for what it is granted
   */
  async load(
    files: PackedFiles,
    modules: GivenModules,
    imports: ImportSource = {},
  ): Promise<Agent> {
    this.#loaded.requireOpen()
    const read = await unpackAgent(files, modules, this.#types)
    const { manifest, plan, guest } = read
    const given = new Map<string, WebAssembly.Module>(Object.entries(modules))
    // Before anything is compiled: without it no guest could be stopped.
    await give(manifest.name, [ABORT_MODULE], given)
    return this.#loaded.link(read, {
      imports,
      open: async (links) => {
        const { sandboxes } = this.#loaded
        const suspending = suspendingOf(links)
        requireSame(manifest.name, plan, guest.suspending, suspending)
        const code = sandboxes.adopt(guest, plan, suspending)
        try {
          await give(manifest.name, modulesBeside(code.shape), given)
        } catch (error) {
          sandboxes.release(code.shape)
          throw error
        }
        return this.#loaded.make(read, code, links)
      },
    })
  }

  /** The use of shared resources by all agents together. */
  stats(): RuntimeStats {
    return this.#loaded.stats()
  }

  /** Unloads every agent, after the invocations under way. */
  close(): Promise<void> {
    return this.#loaded.close()
  }
}

/**
 * Gives small modules, on every platform: an agent loads everywhere or nowhere.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE for one that is not there
 */
async function give(
  agent: string,
  needed: readonly Uint8Array<ArrayBuffer>[],
  modules: ReadonlyMap<string, WebAssembly.Module>,
): Promise<void> {
  for (const bytes of needed) {
    const sha256 = await webSha256(bytes)
    const module = modules.get(sha256)
    if (module === undefined) throw missingModule(agent, sha256)
    giveSmall(bytes, module)
  }
}

/**
 * Compares the imports that may wait: a driver or a capability of the program may be another than the one it was packed for.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
function requireSame(
  agent: string,
  { imports }: LinkPlan,
  before: ReadonlySet<number>,
  now: ReadonlySet<number>,
): void {
  const [other] = before.symmetricDifference(now)
  const imported = other === undefined ? undefined : imports[other]
  if (other === undefined || imported === undefined) return
  const state = now.has(other) ? 'may have guests wait here' : 'has no guest wait here'
  throw new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot load packed agent "${agent}": ${imported.interface}#${imported.name} ${state}, and it was packed for the opposite`,
    { hint: PACK_HINT, facts: { agent, interface: imported.interface } },
  )
}
