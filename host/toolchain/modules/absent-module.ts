/**
 * The source of what stands in for a module that an agent does not have.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { PACKAGE_DIRECTORY, NODE_DIRECTORY } from '../package-files.ts'

export interface AbsentModule {
  /** As it is imported. */
  readonly name: string
  /** Absolute path of the file that imports it. */
  readonly importer: string
  /** Absolute path of the folder of the agent. */
  readonly directory: string
  /** The import is an expression, which may be tried. */
  readonly isTried: boolean
  /** What to do instead, as a sentence. */
  readonly remedy: string
}

const PACKAGE = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/

/** Remedies by what a module of Node is for. */
const REMEDIES: readonly (readonly [modules: readonly string[], remedy: string])[] = [
  [['fs'], 'Keep data with env.kv, or import a file: import text from "./file.txt"'],
  [['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns'], 'Use fetch'],
  [['child_process', 'cluster'], 'Call another agent with env.tools'],
  [['sqlite'], 'Keep data with env.kv'],
]
const REMEDY = 'Use Web APIs and the env of the handler'

/** What to use instead of the module of Node `name`. */
export function remedyFor(name: string): string {
  const [main = ''] = name.replace(/^node:/, '').split('/')
  return REMEDIES.find(([modules]) => modules.includes(main))?.[1] ?? REMEDY
}

/** Returns the source of a CommonJS module: names of it need not be known to import them. */
export function absentSource(module: AbsentModule): string {
  const text = readText(module.importer)
  const args = [module.name, placeOf(module, text), module.remedy].map((each) =>
    JSON.stringify(each),
  )
  const from = JSON.stringify(join(NODE_DIRECTORY, 'absent.ts'))
  return module.isTried || isGuarded(text, module.name)
    ? `require(${from}).refuse(${args.slice(0, 2).join(', ')})`
    : `module.exports = require(${from}).absent(${args.join(', ')})`
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The package and the file that import the module, with the line. The same on every machine. */
function placeOf({ name, importer, directory }: AbsentModule, text: string): string {
  const at = importOf(text, name)
  const line = at < 0 ? '' : `:${text.slice(0, at).split('\n').length}`
  const [, owner] = PACKAGE.exec(importer) ?? []
  const base = importer.startsWith(PACKAGE_DIRECTORY + sep) ? PACKAGE_DIRECTORY : directory
  const file =
    owner === undefined
      ? relative(base, importer)
      : importer.slice(importer.lastIndexOf(`${sep}node_modules${sep}`) + 1)
  const shown = `${file.split(sep).join('/')}${line}`
  return owner === undefined ? shown : `package "${owner.replace(sep, '/')}" (${shown})`
}

function importOf(text: string, name: string): number {
  return [`'${name}'`, `"${name}"`, `\`${name}\``].reduce((found, quoted) => {
    const at = text.indexOf(quoted)
    return found < 0 || (at >= 0 && at < found) ? at : found
  }, -1)
}

/** Whether every `require` of the module stands in a `try`: as far as brackets tell, strings and comments among them. */
function isGuarded(text: string, name: string): boolean {
  const quoted = name.replaceAll(/[/.]/g, String.raw`\$&`)
  const requires = [
    ...text.matchAll(new RegExp(String.raw`\brequire\(\s*['"\`]${quoted}['"\`]`, 'g')),
  ]
  return requires.length > 0 && requires.every(({ index }) => isInTry(text, index))
}

function isInTry(text: string, start: number): boolean {
  let depth = 0
  for (let at = start - 1; at >= 0; at--) {
    if (text[at] === '}') depth++
    else if (text[at] === '{' && depth-- === 0) {
      if (/\btry\s*$/.test(text.slice(Math.max(0, at - 12), at))) return true
      depth = 0
    }
  }
  return false
}
