/**
 * The contract between the build and an engine: source in, component out.
 *
 * @module
 */
import type { BuildSettings } from '../../../runtime/manifest/index.ts'
import type { Fence } from '../fence/index.ts'

export interface EngineBuild {
  /** Absolute path of the source. */
  readonly source: string
  readonly agent: string
  /** How its modules are found and read. */
  readonly settings: BuildSettings
  /** What the manifest has the host call beside requests: `scheduled`, `consumer`. */
  readonly events: readonly string[]
  /** Decides which files of this machine the build may read. */
  readonly fence: Fence
}

export interface ComponentizeContext {
  /** Folder for files that the builds of several agents share. */
  readonly cacheDirectory: string
  /** Longest time that code of the agent may run, in milliseconds, where the engine can tell. */
  readonly timeoutMs: number
  /** Runs `step` while no other build is in such a step: for long work whose result all agents share. */
  inTurn<Value>(step: () => Promise<Value>): Promise<Value>
}

/** Source made ready, before the slow step. Its `key` says whether that step was done before. */
export interface PreparedBuild {
  /** Everything the component depends on, as text or bytes: equal parts, equal component. */
  readonly parts: readonly (string | Uint8Array)[]
  /** Absolute paths of the files read. */
  readonly inputs: readonly string[]
  /**
   * Returns the places of its sources, as JSON, for the stacks of its errors.
   *
   * @returns nothing when it has more of them than a map may have
   */
  sourceMap?(): string | undefined
  componentize(context: ComponentizeContext): Promise<Uint8Array>
}

export interface BuildEngine {
  prepare(build: EngineBuild): Promise<PreparedBuild>
}
