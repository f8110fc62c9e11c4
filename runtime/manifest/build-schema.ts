/**
 * The schema of `build` in `agent.json`: how the modules of an agent in JavaScript are found and read.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from '../grants/index.ts'
import { LOADERS, STACK_BYTES, type BuildSettings } from './manifest.ts'

const MODULE_NAME = /^(?!\.{0,2}\/)(?!\.{1,2}$)[^\s\\]+$/
const stackBytes = `a number of bytes from ${STACK_BYTES.least} to ${STACK_BYTES.most}`
const moduleName = 'a name of a module such as "left-pad" or "node:fs"'

export const buildSchema: z.ZodMiniType<BuildSettings | undefined> = describe(
  z.optional(
    z.strictObject({
      conditions: describe(
        z.optional(
          z.array(
            z
              .string('a condition such as "development"')
              .check(z.regex(/^[\w.:-]+$/, 'a condition such as "development"')),
          ),
        ),
        'Conditions of "exports" in packages that hold beside workerd, worker, edge-light, browser, module and import or require. Default: none.',
        ['development'],
      ),
      alias: describe(
        z.optional(
          z.record(
            z.string().check(z.regex(MODULE_NAME, moduleName)),
            z
              .string('a module, or a file such as "./shim.ts"')
              .check(z.minLength(1, 'a module, or a file such as "./shim.ts"')),
          ),
        ),
        'Modules that others take the place of. Files are relative to the folder of the source. Default: none.',
        { 'node-fetch': './fetch.ts' },
      ),
      define: describe(
        z.optional(
          z.record(
            z
              .string()
              .check(
                z.regex(/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/, 'a name such as "VERSION"'),
              ),
            z.unknown(),
          ),
        ),
        'Names that stand for a JSON value in all modules. Default: none.',
        { VERSION: '1.2.0', 'process.env.STAGE': 'production' },
      ),
      external: describe(
        z.optional(z.array(z.string(moduleName).check(z.regex(MODULE_NAME, moduleName)))),
        'Packages that are left out of the bundle. Importing one is fine, and using it is an error. Default: none.',
        ['sharp'],
      ),
      loader: describe(
        z.optional(
          z.record(
            z.string().check(z.regex(/^\.[\w-]+(?:\.[\w-]+)*$/, 'an ending such as ".txt"')),
            z.enum(LOADERS),
          ),
        ),
        'What files are by their ending, in the words of esbuild. .txt, .md, .html, .css and .sql are text and .bin and .wasm binary by themselves, and "?raw" or "?bytes" behind a name says it for one import. Default: none more.',
        { '.graphql': 'text' },
      ),
      stackBytes: describe(
        z.optional(
          z
            .int(stackBytes)
            .check(
              z.minimum(STACK_BYTES.least, stackBytes),
              z.maximum(STACK_BYTES.most, stackBytes),
            ),
        ),
        `Bytes of the stack of the engine quickjs, ${STACK_BYTES.least} to ${STACK_BYTES.most}: a plain call takes about 240, and a call that does not fit throws a RangeError. Default ${STACK_BYTES.usual}.`,
        STACK_BYTES.most,
      ),
    }),
  ),
  'How modules are found and read, for sources in JavaScript and TypeScript. Default: as for other runtimes at the edge.',
)
