/**
 * What a builder is asked for.
 *
 * @module
 */
import type { BuildSettings, Engine } from '../../runtime/manifest/index.ts'

/** Part of every key of the cache: raised when the build makes another output of the same input. */
export const BUILD_VERSION = '7'

/** Plain data: it crosses to another thread or process. */
export interface BuildJob {
  readonly agent: string
  /** Absolute path. */
  readonly source: string
  readonly engine: Engine
  /** How its modules are found and read. */
  readonly settings: BuildSettings
  /** What the manifest has the host call beside requests: `scheduled`, `consumer`. */
  readonly events: readonly string[]
  /** Absolute path of the folder that the build may read. */
  readonly root: string
  readonly cacheDirectory: string
  /** Under which the cache remembers what was read. */
  readonly identity: string
  /** In milliseconds. */
  readonly timeoutMs: number | undefined
}
