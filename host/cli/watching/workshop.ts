/**
 * Builds agents again when their inputs change, and knows of each what was built last and why the last build failed.
 *
 * @module
 */
import { sep } from 'node:path'
import type { AgentBundle } from '../../targets/node/index.ts'
import { bundleAgent } from '../agent-bundle.ts'
import type { buildOptions } from '../build-options.ts'
import { agentKey } from './agent-paths.ts'
import { manifestAt } from './tools-of-agents.ts'

// A build that reads what has changed since is of no use, but soon done, unless its code has no end.
const SUPERSEDED_MS = 500

// A person thinks for longer than a server waits.
const KEEP_BUILDER_MS = 15 * 60_000

/** One agent and its builds. */
export interface Work {
  readonly path: string
  /** Of the agent, or its path while that is not known. */
  name: string
  /** Absolute paths. */
  inputs: ReadonlySet<string>
  /** The result of the last build that did not fail. */
  bundle: AgentBundle | undefined
  /** Why the last build failed. */
  error: unknown
}

export class Workshop {
  readonly #options: ReturnType<typeof buildOptions>
  readonly #signal: AbortSignal
  readonly #works = new Map<string, Work>()
  readonly #building = new Map<Work, { readonly inputs: Set<string>; abort(): void }>()

  /** @param signal - ends all builds */
  constructor(options: ReturnType<typeof buildOptions>, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  get works(): readonly Work[] {
    return [...this.#works.values()]
  }

  /** Absolute paths of all that a change of calls for a build. */
  get inputs(): ReadonlySet<string> {
    return new Set(this.works.flatMap(({ inputs }) => [...inputs]))
  }

  /** Has the agents at `paths` alone. Returns those that are gone. */
  keep(paths: readonly string[]): readonly Work[] {
    const keys = new Set(paths.map(agentKey))
    const gone = [...this.#works].filter(([key]) => !keys.has(key))
    for (const [key] of gone) this.#works.delete(key)
    for (const path of paths) {
      const key = agentKey(path)
      if (this.#works.has(key)) continue
      const work: Work = {
        path,
        name: manifestAt(path, this.#options.root)?.name ?? path,
        inputs: new Set(),
        bundle: undefined,
        error: undefined,
      }
      this.#works.set(key, work)
    }
    return gone.map(([, work]) => work)
  }

  /**
   * Builds the agents that read one of `changed`, and those that are new.
   *
   * @param changed - absolute paths; all agents are built without it
   * @returns the agents that were built or failed
   * @throws the reason of the signal
   */
  async build(changed?: ReadonlySet<string>): Promise<readonly Work[]> {
    const due = this.works.filter(
      ({ inputs }) => changed === undefined || inputs.size === 0 || isTouched(inputs, changed),
    )
    await Promise.all(due.map((work) => this.#build(work)))
    this.#signal.throwIfAborted()
    return due
  }

  /** Has a builder ready for the first change: a build of nothing new, whose result has no use. */
  async warmUp(): Promise<void> {
    const work = this.works.find(({ bundle }) => bundle?.manifest.source !== undefined)
    if (work === undefined) return
    const options = { ...this.#options, signal: this.#signal, keepBuilderMs: KEEP_BUILDER_MS }
    await bundleAgent(work.path, { ...options, recall: false }).catch(() => {})
  }

  /** Ends builds under way that read one of `changed`, unless they end soon. */
  supersede(changed: ReadonlySet<string>): void {
    for (const { inputs, abort } of this.#building.values())
      if (isTouched(inputs, changed)) setTimeout(abort, SUPERSEDED_MS).unref()
  }

  async #build(work: Work): Promise<void> {
    const inputs = new Set<string>()
    const superseded = new AbortController()
    this.#building.set(work, { inputs, abort: () => superseded.abort() })
    try {
      const bundle = await bundleAgent(work.path, {
        ...this.#options,
        keepBuilderMs: KEEP_BUILDER_MS,
        signal: AbortSignal.any([this.#signal, superseded.signal]),
        onInputs: (paths) => paths.forEach((path) => inputs.add(path)),
      })
      work.bundle = bundle
      work.name = bundle.manifest.name
      work.error = undefined
    } catch (error) {
      // The build that follows has the answer.
      if (!superseded.signal.aborted && !this.#signal.aborted) work.error = error
    } finally {
      work.inputs = inputs
      this.#building.delete(work)
    }
  }
}

/** Whether a change of one of `changed` may change one of `inputs`. */
function isTouched(inputs: ReadonlySet<string>, changed: ReadonlySet<string>): boolean {
  for (const path of changed) {
    if (inputs.has(path)) return true
    for (const input of inputs)
      if (input.startsWith(path + sep) || path.startsWith(input + sep)) return true
  }
  return false
}
