/**
 * Messages between a build and the host that asked for it.
 *
 * @module
 */
import type { EncodedMayflyError } from '../../../runtime/errors/index.ts'
import type { RecalledBuild } from '../build-cache.ts'
import type { BuildJob } from '../build-job.ts'

export type BuiltSource = RecalledBuild & {
  /** Nothing was compiled. */
  readonly cached: boolean
}

export type ToBuilder =
  | {
      readonly kind: 'build'
      readonly job: BuildJob
      /** Where compilers are looked for: the builder may be older than a change of it. */
      readonly path: string | undefined
    }
  /** It is the builder's turn. */
  | { readonly kind: 'turn' }

export type FromBuilder =
  /** Asks for a turn, for a step that builders do one at a time. Its time does not count against the agent. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'turn-over' }
  /** Files that the build has read, or would if they were there. It may fail yet. */
  | { readonly kind: 'inputs'; readonly paths: readonly string[] }
  | { readonly kind: 'built'; readonly built: BuiltSource }
  | { readonly kind: 'failed'; readonly error: EncodedMayflyError }
  /** A fault of ours. */
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string | undefined }
