/** Commands to an agent while it is served. Plain data, for other threads and machines. @module */

import type { Digest } from '../../../runtime/digest/index.ts'
import type { Capabilities } from '../../../runtime/manifest/index.ts'

export type Command =
  /** Stops its invocations. */
  | { readonly kind: 'kill'; readonly agent: string }
  /** Refuse requests, or take them again. */
  | { readonly kind: 'disable'; readonly agent: string; readonly disabled: boolean }
  /** Have less than before. */
  | {
      readonly kind: 'attenuate'
      readonly agent: string
      /** The version that `capabilities` are left of. */
      readonly revision: string
      readonly capabilities: Capabilities
      /** Hash of the grants afterwards. */
      readonly policy: Digest
    }
