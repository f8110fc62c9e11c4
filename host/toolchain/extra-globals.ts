/**
 * Web APIs that are part of an agent only if its code names them: each would make every agent larger.
 *
 * The code is searched as text, so a name in a string counts too; one in a description of a declaration does not. Code that
 * puts a name together at run time does not get the API.
 *
 * @module
 */
import { join, relative, sep } from 'node:path'
import type { Plugin } from 'esbuild'
import { ENTRY_NAMESPACE, runFile } from './esbuild.ts'
import { ENGINE_DIRECTORY, GUEST_DIRECTORY } from './package-files.ts'

/** Modules of the library's folder `extra`, each with the names that it defines. */
const EXTRAS: Readonly<Record<string, RegExp>> = {
  // Others use the first two.
  'structured-clone': /\b(?:structuredClone|Message(?:Channel|Port))\b/,
  'streams/index':
    /(?<![\w$])(?:WritableStream|TransformStream|Text(?:De|En)coderStream|(?:Dec|C)ompressionStream|(?:ByteLength|Count)QueuingStrategy|pipeTo|pipeThrough|Message(?:Channel|Port))|(?<![-\w.])transfer\s*[:,}]/,
  'byte-streams/index': /byob|ReadableByteStream|\btype\s*:\s*["'`]bytes\b/i,
  'crypto/index': /\b(?:subtle|CryptoKey|SubtleCrypto|secrets)\b/,
  queue: /\bqueue\b/,
  table: /\.table\b/,
  compression: /\b(?:Dec|C)ompressionStream\b/,
  // A label in a string, or a decoder whose label is not one.
  'legacy-encodings':
    /\b(?:(?:ibm|cp)866|iso-?8859-?(?:[2-9]|1[0-6])|koi8|x-mac-|(?:windows-|cp)(?:874|125[0134-8])|gbk|gb2312|gb18030|big5|euc-(?:jp|kr)|iso-2022-jp|shift[-_]jis|sjis|x-user-defined)\b|\bTextDecoder(?:Stream)?\(\s*(?!["'`)]|void 0|undefined)/i,
  messages:
    /\b(?:MessageChannel|MessagePort|MessageEvent|ErrorEvent|EventSource)\b|(?<![-\w$])(?:WebSocket(?:Pair)?|CloseEvent)\b/,
  // After the messages, which it sends.
  'events/index': /\bEventSource\b/,
  // Not the name of a header.
  'websocket/index': /(?<![-\w$])(?:WebSocket(?:Pair)?|CloseEvent)\b/,
  'url-pattern': /\bURLPattern\b/,
  'web-assembly': /\bWebAssembly\b/,
}
const PREFIX = 'mayfly/guest/extra/'
/** The line that imports what needs an interface of our engine alone. */
export const LEGACY_ENCODINGS: string = `import '${PREFIX}legacy-encodings'`
/** The part of the library that these modules import, as the engine has it. */
export const EXTRA_HOST = 'mayfly/guest/extra-host'
const EXTRA_DIRECTORY = join(GUEST_DIRECTORY, 'extra')
// Files of the library over interfaces that only these modules use. Our engine has others in their place.
const HOST_PREFIX = 'mayfly/guest/host-'
const HOST_FILE = /^host-(crypto|queue|websocket)\.ts$/
const NAMESPACE = 'mayfly-extra'

const bundled = new Map<string, Promise<string>>()

/** Those that an agent has because its manifest asks for them, whatever its code names. */
const EVENTS: readonly string[] = ['scheduled', 'consumer']

/** The lines of an entry that import what takes `events`. */
export function eventsOf(events: readonly string[]): string[] {
  return events.map((name) => `import '${PREFIX}${name}'`)
}

/** Those that an agent has because it exports functions. */
const FUNCTIONS: readonly string[] = ['functions', 'json-schema']

/** The line that imports what serves the functions of an agent. */
export const SERVE_FUNCTIONS: string = `import { onlyFunctions, withFunctions } from ${JSON.stringify(`${PREFIX}functions`)}`
/** The line that imports what checks values by JSON Schema. */
const CHECK_SCHEMAS = `import '${PREFIX}json-schema'`

/**
 * The lines of an entry that import what functions of `code` need: without a library of schemas, or beside one, they have
 * JSON Schema.
 */
export function schemasOf(code: string): string[] {
  const isPlain = !code.includes('~standard') || PLAIN_SCHEMA.test(code)
  return isPlain ? [CHECK_SCHEMAS] : []
}

const PLAIN_SCHEMA = /\badditionalProperties\b|\brequired["']?\s*:\s*\[/

/** The lines of an entry that import what `code` names. */
export function extrasOf(code: string): string[] {
  const named = withoutDescriptions(code)
  return Object.entries(EXTRAS).flatMap(([name, pattern]) =>
    pattern.test(named) ? [`import '${PREFIX}${name}'`] : [],
  )
}

/** Descriptions of declarations are all of the comments that the bundler keeps. One of Hono's says "secrets". */
function withoutDescriptions(code: string): string {
  const [first = '', ...others] = code.split(/^[ \t]*\/\*\*/m)
  // Without an end it was part of a string.
  return first + others.map((text) => text.slice(text.indexOf('*/') + 1)).join('')
}

/** Finds these modules, as they are for every agent: bundled once, with the packages that they are made of. */
export function extras(library: 'inside' | 'outside'): Plugin {
  return {
    name: 'mayfly-extras',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${PREFIX}`) }, ({ path, namespace }) => {
        // Agents have them by their names.
        if (namespace !== ENTRY_NAMESPACE) return undefined
        const name = path.slice(PREFIX.length)
        return Object.hasOwn(EXTRAS, name) || [...EVENTS, ...FUNCTIONS].includes(name)
          ? { path: name, namespace: NAMESPACE }
          : undefined
      })
      build.onResolve({ filter: new RegExp(`^${EXTRA_HOST}$`) }, ({ path, namespace }) => {
        if (namespace !== NAMESPACE) return undefined
        if (library === 'outside') return { path, external: true }
        return { path: join(GUEST_DIRECTORY, 'extra-host.ts') }
      })
      build.onResolve({ filter: new RegExp(`^${HOST_PREFIX}`) }, ({ path, namespace }) => {
        if (namespace !== NAMESPACE) return undefined
        const name = `${path.slice(HOST_PREFIX.length)}.ts`
        return {
          path:
            library === 'outside'
              ? join(ENGINE_DIRECTORY, `guest-${name}`)
              : join(GUEST_DIRECTORY, `host-${name}`),
        }
      })
      build.onLoad({ filter: /./, namespace: NAMESPACE }, async ({ path }) => {
        return { contents: await bundleExtra(path) }
      })
    },
  }
}

function bundleExtra(name: string): Promise<string> {
  const known = bundled.get(name)
  if (known !== undefined) return known
  const source = join(GUEST_DIRECTORY, 'extra', `${name}.ts`)
  const made = runFile(source, { minify: true, plugins: [outside()] }).then(
    ({ outputFiles }) => outputFiles[0]?.text ?? '',
  )
  bundled.set(name, made)
  // A failure is not kept: the disk may have been full.
  made.catch(() => bundled.delete(name))
  return made
}

/** Leaves to the library what is not in the folder of these modules: it has it already. */
function outside(): Plugin {
  return {
    name: 'mayfly-outside',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const isOurs = (file: string): boolean => `${file}${sep}`.startsWith(EXTRA_DIRECTORY + sep)
        const file = join(resolveDir, path)
        if (!isOurs(resolveDir) || isOurs(file)) return undefined
        const [, host] = HOST_FILE.exec(relative(GUEST_DIRECTORY, file)) ?? []
        if (host !== undefined) return { path: HOST_PREFIX + host, external: true }
        return { path: EXTRA_HOST, external: true }
      })
    },
  }
}
