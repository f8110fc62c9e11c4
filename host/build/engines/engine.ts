/**
 * What an engine is to the build: source in, component out.
 *
 * @module
 */

export interface EngineBuild {
  /** Absolute path of the source. */
  readonly source: string
  readonly agent: string
}

/** Source made ready, before the slow step. Its `key` says whether that step was done before. */
export interface PreparedBuild {
  /** Everything the component depends on, as text or bytes: equal parts, equal component. */
  readonly parts: readonly (string | Uint8Array)[]
  /** Absolute paths of the files read. */
  readonly inputs: readonly string[]
  /** `cacheDirectory` may keep what the builds of several agents share. */
  componentize(cacheDirectory: string): Promise<Uint8Array>
}

export interface BuildEngine {
  prepare(build: EngineBuild): Promise<PreparedBuild>
}
