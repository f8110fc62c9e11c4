/**
 * The identity of a module apart from its data: two modules with the same identity are rewritten to the same bytes.
 *
 * @module
 */

import { ByteWriter } from './byte-writer.ts'
import { readAddress } from './constant-expression.ts'
import { layOut } from './layout.ts'
import { readCoreModule } from './read-core-module.ts'
import type { RewriteOptions } from './rewrite-options.ts'
import { writeModule } from './write-module.ts'

/**
 * Returns bytes for hashing: the module in `bytes` without the parts that `rewriteModule` takes out for `exportState`,
 * `stripData` and, when asked for, `undoGrowth`. Instructions are kept as they are, and are not read.
 */
export function codeIdentity(
  bytes: Uint8Array,
  { undoGrowth = false }: Pick<RewriteOptions, 'undoGrowth'> = {},
): Uint8Array<ArrayBuffer> {
  const module = readCoreModule(bytes)
  const code = new ByteWriter(bytes.length)
  for (const { start, end } of module.code) {
    code.unsigned(end - start)
    code.copy(bytes, start, end)
  }
  const dataGlobals = module.data.flatMap(({ active }) =>
    active === undefined
      ? []
      : readAddress(bytes, active.offset).flatMap((step) =>
          step.kind === 'global' ? [step.index] : [],
        ),
  )
  return writeModule(
    module,
    { exportState: true, stripData: true, undoGrowth },
    {
      layout: layOut(module, { marks: false, fuel: false, sizes: undoGrowth, room: undoGrowth }),
      code,
      hints: [],
      // Without a data count no instruction can name a segment. With one, they may be part of the code.
      usesDataIndexes: module.hasDataCount,
      dataGlobals: [...new Set(dataGlobals)],
    },
  )
}
