/** The budgets of blobs. No manifest grants them: every agent may make some. @module */
import * as z from 'zod/mini'
import { bytes, describe, MAX_BUDGET_BYTES, MIB, type Limited } from '../../grants/index.ts'

export const blobLimits: Limited<'blobBytes', never> = {
  budgets: {
    blobBytes: describe(
      z._default(bytes(0, MAX_BUDGET_BYTES), 32 * MIB),
      'Bytes one invocation may make blobs of, results and responses that it takes as blobs and those of its tools included. Default 32 MiB.',
    ),
  },
  bounds: {},
}
