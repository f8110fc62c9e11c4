/**
 * Loads agents from the bytes of their components.
 *
 * @module
 */
import { digestOf } from '../digest/index.ts'
import type { HostModule } from '../host-module/index.ts'
import { manifestFromObject, type Manifest } from '../manifest/index.ts'
import type { Agent } from './agent-interface.ts'
import type { AgentSandbox } from './agent-sandbox.ts'
import { optionalImports } from './bind-imports.ts'
import { ComponentCompiler } from './component-compiler.ts'
import { declaredFunctions } from './declared-functions.ts'
import type { ReadComponent } from './component-reader.ts'
import {
  LoadedAgents,
  suspendingOf,
  type LinkOptions,
  type Links,
  type ReadParts,
} from './loaded-agents.ts'
import type { LoadedAgent } from './agent.ts'
import { interfacesOf, takesRequests } from './plan-facts.ts'
import type { AdoptOptions, PreparedAgent, PreparedParts } from './prepared-agent.ts'
import { rehearseOnce } from './rehearsal.ts'
import type { LoadOptions, RuntimeOptions } from './runtime-options.ts'
import type { Sandbox } from './sandbox.ts'
import type { LoadedCode } from './sandboxes.ts'
import type { RuntimeStats } from './stats.ts'
import type { TurnStats } from './turn-line.ts'
import { WarmUp } from './warm-up.ts'

/** A component that was read here. */
interface ReadHere extends ReadParts {
  readonly read: ReadComponent
}

export class Runtime {
  readonly #loaded: LoadedAgents
  readonly #compiler: ComponentCompiler
  readonly #warmUp: WarmUp

  constructor(options: RuntimeOptions) {
    this.#loaded = new LoadedAgents(options)
    this.#compiler = new ComponentCompiler(options, this.#loaded.sandboxes)
    this.#warmUp = new WarmUp(() => Runtime.#stage(options.toWarmUp?.()), options.warmUp ?? true)
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
   * Loads an agent.
   *
   * @throws {MayflyError} ERR_MANIFEST_INVALID, ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED,
   *   ERR_CAPABILITY_DENIED, ERR_IMPORT_UNSATISFIED, ERR_GUEST_TRAPPED when it fails to initialise
   */
  async load(options: LoadOptions): Promise<Agent> {
    return this.#load(options, true)
  }

  /** @param rehearsed - whether it may be asked soon */
  async #load(
    { component, manifest, imports = {}, countUse }: LoadOptions,
    rehearsed: boolean,
  ): Promise<Agent> {
    const read = await this.#read(component, manifest)
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (this.#loaded.hasSite) return this.#loaded.openThere(read, component, links)
      const code = await this.#compile(read, links)
      // Functions of the embedder are called for clients alone.
      const isOwn = Object.keys(imports).length === 0
      return isOwn ? this.#makeWarm(read, code, links) : this.#loaded.make(read, code, links)
    }
    return this.#link(read, { imports, countUse, open }, rehearsed)
  }

  /** Whether an agent with the code of `component` was loaded here: another one is loaded without compiling. */
  async knows(component: Uint8Array): Promise<boolean> {
    const { known } = await this.#compiler.read(component)
    return known !== undefined
  }

  /**
   * Does the work of loading an agent, for runtimes on other threads of this process to adopt. It is initialised
   * once: where each slot must do that for itself, it must be brief. Where guests run elsewhere, that is a trial.
   *
   * @throws {MayflyError} as `load` does, and ERR_LIMIT_EXCEEDED
   */
  async prepare({
    component,
    manifest,
  }: Pick<LoadOptions, 'component' | 'manifest'>): Promise<PreparedAgent> {
    const read = await this.#read(component, manifest)
    const { plan, optional, declared, digest } = read
    let guest: PreparedParts['guest'] = { kind: 'component', component }
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (this.#loaded.hasSite) return this.#loaded.openThere(read, component, links)
      const code = await this.#compile(read, links)
      const sandbox = this.#loaded.make(read, code, links)
      try {
        guest = await this.#loaded.sandboxes.prepared(read.manifest, code, sandbox)
      } catch (error) {
        sandbox.release()
        throw error
      }
      return sandbox
    }
    const agent = await this.#link(read, { open }, false)
    await agent.unload()
    const interfaces = interfacesOf(plan, optional)
    const prepared: PreparedParts = { digest, interfaces, plan, optional, declared, guest }
    return prepared
  }

  /**
   * Loads an agent that another runtime has prepared.
   *
   * @throws {MayflyError} as `load` does
   */
  async adopt({ prepared, manifest, countUse }: AdoptOptions): Promise<Agent> {
    // The cast: nothing else makes one.
    const { plan, optional, declared, digest, guest } = prepared as PreparedParts
    const read = { manifest: manifestFromObject(manifest), plan, optional, declared, digest }
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (guest.kind === 'component') return this.#loaded.openThere(read, guest.component, links)
      const code = this.#loaded.sandboxes.adopt(guest, plan, suspendingOf(links))
      return this.#makeWarm(read, code, links)
    }
    return this.#link(read, { countUse, open }, true)
  }

  /**
   * Asks the loaded agents 1,000 times, one of each code, so that clients find code that the platform has compiled for
   * speed. They are asked in sandboxes of their own, without grants, and nothing is recorded. At most a second is spent
   * on one code, and three codes are asked in a thread. Never rejects.
   */
  warmUp(): Promise<void> {
    return this.#warmUp.finish()
  }

  /** The use of shared resources by all agents together. */
  stats(): RuntimeStats {
    return this.#loaded.stats()
  }

  /** Unloads every agent, after the invocations under way. */
  async close(): Promise<void> {
    this.#loaded.seal()
    this.#warmUp.close()
    await this.#loaded.close()
  }

  #rehearse(): Promise<void> {
    return rehearseOnce(() => {
      const stage = Runtime.#stage()
      return { load: (options) => stage.#load(options, false), close: () => stage.close() }
    })
  }

  /** For guests that no client asks: nothing of theirs is recorded. */
  static #stage(capabilities: readonly HostModule[] = []): Runtime {
    return new Runtime({ capabilities, warmUp: false })
  }

  async #read(component: Uint8Array, manifest: LoadOptions['manifest']): Promise<ReadHere> {
    this.#loaded.requireOpen()
    const parsed: Manifest = manifestFromObject(manifest)
    const [digest, read] = await Promise.all([digestOf(component), this.#compiler.read(component)])
    const { plan } = read
    const optional = optionalImports(component, plan.customSections)
    const declared = declaredFunctions(component)
    return { manifest: parsed, plan, optional, declared, digest, read }
  }

  #link(read: ReadParts, options: LinkOptions, rehearsed: boolean): Promise<LoadedAgent> {
    return this.#loaded.link(read, {
      ...options,
      open: async (links) => {
        // Both at once: engines compile on other threads.
        const rehearsal = rehearsed && takesRequests(read.plan) ? this.#rehearse() : undefined
        const sandbox = await options.open(links)
        await rehearsal
        return sandbox
      },
    })
  }

  #compile({ read, manifest }: ReadHere, links: Links): Promise<LoadedCode> {
    return this.#compiler.compile(read, manifest, suspendingOf(links))
  }

  #makeWarm(read: ReadParts, code: LoadedCode, links: Links): Sandbox {
    const sandbox = this.#loaded.make(read, code, links)
    const { manifest, plan, optional, declared, digest } = read
    if (!takesRequests(plan)) return sandbox
    const prepare = (): PreparedParts => {
      const guest = this.#loaded.sandboxes.copyOf(code, sandbox)
      // Without grants it is linked to all of them, and each call of them is denied.
      const all = new Set(plan.imports.map((each) => each.interface))
      const interfaces = interfacesOf(plan, optional)
      return { digest, interfaces, plan, optional: all, declared, guest }
    }
    this.#warmUp.add({ manifest, sandbox, prepare })
    return sandbox
  }
}
