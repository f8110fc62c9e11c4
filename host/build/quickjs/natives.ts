/**
 * The adapter's functions by number, with how many arguments each reads: the engine pads what is missing.
 * `select` in `components/engine` is generated from this list.
 *
 * @module
 */
import { MODULES } from './modules.gen.ts'

export const NATIVES: readonly (readonly [name: string, length: number])[] = [
  ['respond', 3],
  ['fail', 1],
  ['logWrite', 2],
  ['configGet', 1],
  ['configAll', 0],
  ['clockNow', 0],
  ['clockMonotonic', 0],
  ['randomBytes', 1],
  ['randomNext', 0],
  ['randomFraction', 0],
  ['pollAny', 2],
  ['httpSend', 4],
  ['httpStart', 4],
  ['httpTake', 1],
  ['httpCancel', 1],
  ['kvGet', 2],
  ['kvSet', 3],
  ['kvDelete', 2],
  ['kvKeys', 4],
  ['kvIncrement', 3],
  ['bodyStart', 2],
  ['bodyWrite', 1],
  ['encodeUtf8', 1],
  ['decodeUtf8', 1],
  ['decodeLatin1', 1],
  ['takeHeaders', 0],
  ['kvPut', 4],
  ['kvCompareAndSet', 5],
  ['kvGetMany', 2],
  ['kvSetMany', 3],
  ['kvDeleteMany', 2],
  ['toolsCall', 2],
  ['toolsStart', 3],
  ['toolsTake', 1],
  ['toolsTakeBlob', 1],
  ['toolsCancel', 1],
  ['blobMake', 1],
  ['blobGiven', 0],
  ['blobSize', 1],
  ['blobRead', 3],
  ['blobDrop', 1],
  ['blobAnswer', 1],
  ['httpTakeBlob', 1],
  ['settledValue', 1],
]

/** What the prelude exports beside the interfaces of WIT. */
const ENGINE_MODULE = ['encodeUtf8', 'decodeUtf8', 'decodeLatin1', 'quiet', 'settledValue']

export const PRELUDE = 'mayfly:prelude'

export interface ModuleSource {
  readonly name: string
  readonly source: string
}

/** Those modules as JavaScript, over what the prelude exports as `interfaces`. */
export function interfaceModules(): ModuleSource[] {
  const modules = { ...MODULES, 'mayfly:agent/engine': ENGINE_MODULE }
  return Object.entries(modules).map(([name, functions]) => {
    const key = /\/([\w-]+)/.exec(name)?.[1] ?? ''
    // Under other names first: `delete` cannot be the name of a variable.
    const constants = functions.map(
      (made, at) => `const f${at} = functions[${JSON.stringify(made)}]`,
    )
    const exported = functions.map((made, at) => `f${at} as ${made}`)
    const source = [
      `import { interfaces } from '${PRELUDE}'`,
      `const functions = interfaces['${key}']`,
      ...constants,
      `export { ${exported.join(', ')} }`,
    ]
    return { name, source: source.join('\n') }
  })
}
