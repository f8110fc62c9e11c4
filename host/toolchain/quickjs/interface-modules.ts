/**
 * The modules that an agent can import. They re-export functions of the prelude.
 *
 * @module
 */
import { MODULES } from './natives.gen.ts'

/** Exports of the prelude beside the interfaces of WIT. */
const ENGINE_MODULE = [
  'encodeUtf8',
  'decodeUtf8',
  'decodeLatin1',
  'parseJson',
  'respond',
  'quiet',
  'settledValue',
  'cancelCall',
  'onCancel',
  'onRejection',
  'stay',
  'makeEnds',
  'readStream',
  'writeStream',
  'readFuture',
  'writeFuture',
  'dropEnd',
  'cancelCopy',
]

export const PRELUDE = 'mayfly:prelude'

export interface ModuleSource {
  readonly name: string
  readonly source: string
}

/** Returns these modules as JavaScript, over `interfaces` of the prelude. */
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
