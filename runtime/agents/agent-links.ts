/**
 * Lets agents of one runtime call each other.
 *
 * A callee is found by name at each call, so it may be deployed before, after or in place of another while its callers
 * run. It has its own grants, without those that the link takes away. It spends from the budgets of its caller.
 *
 * @module
 */
import type {
  AgentLink,
  AgentLinks,
  ForwardedRequest,
  ForwardOutcome,
  InvocationContext,
  LinkMessage,
  LinkOutcome,
} from '../host-module/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { Attenuation } from '../policy/index.ts'
import type { LoadedAgent } from './agent.ts'
import { linkProblem, type Importer } from './check-linked.ts'
import { Invocation } from './invocation.ts'
import type { AttenuatedGrants } from './attenuated-grants.ts'

/** The agents of a runtime by name. */
export class AgentDirectory {
  /** The newest last: an old version is dropped when no caller needs it any more. */
  readonly #versions = new Map<string, LoadedAgent[]>()

  add(agent: LoadedAgent): void {
    const versions = this.#versions.get(agent.name)
    if (versions === undefined) this.#versions.set(agent.name, [agent])
    else versions.push(agent)
  }

  delete(agent: LoadedAgent): void {
    const left = this.#versions.get(agent.name)?.filter((version) => version !== agent) ?? []
    if (left.length === 0) this.#versions.delete(agent.name)
    else this.#versions.set(agent.name, left)
  }

  find(name: string): LoadedAgent | undefined {
    return this.#versions.get(name)?.at(-1)
  }
}

/** The links of the agent that is `importer`. */
export function agentLinks(directory: AgentDirectory, importer: Importer): AgentLinks {
  return { open: ({ agent, attenuation }) => new Link(directory, importer, agent, attenuation) }
}

class Link implements AgentLink {
  readonly #directory: AgentDirectory
  readonly #name: string
  readonly #importer: Importer
  readonly #attenuation: Attenuation
  /** Reasons why exports of the callee cannot be called, by name: found once for each version of it. */
  readonly #problems = new Map<string, MayflyError | undefined>()
  #callee: LoadedAgent | undefined
  #grants: AttenuatedGrants | undefined

  constructor(
    directory: AgentDirectory,
    importer: Importer,
    name: string,
    attenuation: Attenuation,
  ) {
    this.#importer = importer
    this.#directory = directory
    this.#name = name
    this.#attenuation = attenuation
  }

  post(context: InvocationContext, message: LinkMessage): LinkOutcome | Promise<LinkOutcome> {
    const caller = invocationOf(context)
    if (caller.toolDepth <= 0) return { state: 'limited', hint: this.#tooDeep() }
    const callee = this.#directory.find(this.#name)
    if (callee === undefined) return { state: 'unavailable', hint: this.#notLoaded() }
    if (callee === this.#callee && this.#grants !== undefined) {
      return callee.answer(caller, this.#grants, message)
    }
    return this.#connect(callee)
      .then((grants) => callee.answer(caller, grants, message))
      .catch((error: unknown) => ({ state: 'unavailable', hint: String(error) }))
  }

  async forward(context: InvocationContext, request: ForwardedRequest): Promise<ForwardOutcome> {
    const caller = invocationOf(context)
    if (caller.toolDepth <= 0) return { state: 'limited', hint: this.#tooDeep() }
    const callee = this.#directory.find(this.#name)
    if (callee === undefined) return { state: 'unavailable', hint: this.#notLoaded() }
    try {
      const known = callee === this.#callee ? this.#grants : undefined
      return await callee.forwardFrom(caller, known ?? (await this.#connect(callee)), request)
    } catch (error) {
      return { state: 'unavailable', hint: String(error) }
    }
  }

  call(context: InvocationContext, name: string, args: readonly unknown[]): unknown {
    const caller = invocationOf(context)
    if (caller.toolDepth <= 0) {
      throw new MayflyError('ERR_LIMIT_EXCEEDED', this.#tooDeep(), { facts: { limit: 'calls' } })
    }
    const callee = this.#directory.find(this.#name)
    if (callee === undefined) throw new MayflyError('ERR_HOST_UNAVAILABLE', this.#notLoaded())
    if (callee === this.#callee && this.#grants !== undefined) {
      this.#requireSameType(callee, name)
      return callee.callFrom(caller, this.#grants, name, args)
    }
    return this.#connect(callee).then((grants) => {
      this.#requireSameType(callee, name)
      return callee.callFrom(caller, grants, name, args)
    })
  }

  /** @throws {MayflyError} ERR_IMPORT_UNSATISFIED */
  #requireSameType(callee: LoadedAgent, name: string): void {
    const isNewest = callee === this.#callee
    const known = isNewest && this.#problems.has(name)
    const problem = known ? this.#problems.get(name) : linkProblem(this.#importer, name, callee)
    if (isNewest) this.#problems.set(name, problem)
    if (problem !== undefined) throw problem
  }

  /** @throws {MayflyError} when the link would leave the callee more than it has */
  async #connect(callee: LoadedAgent): Promise<AttenuatedGrants> {
    const grants = await callee.grantsUnder(this.#attenuation)
    if (callee !== this.#callee) this.#problems.clear()
    this.#callee = callee
    this.#grants = grants
    return grants
  }

  #tooDeep(): string {
    return `Cannot call agent "${this.#name}": as many call each other as limits.toolDepth allows`
  }

  #notLoaded(): string {
    return `Cannot call agent "${this.#name}": not loaded`
  }
}

function invocationOf(context: InvocationContext): Invocation {
  if (context instanceof Invocation) return context
  throw new TypeError('Cannot call an agent: the caller is no invocation of this runtime')
}
