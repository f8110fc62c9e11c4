/**
 * Reads the comments of exported functions from WIT, because a component keeps its types and loses its comments.
 *
 * It is not a parser of WIT: the component has shown already that the WIT is sound. It only follows packages,
 * interfaces and worlds, and takes the documentation before each function.
 * https://component-model.bytecodealliance.org/design/wit.html#documentation
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import { toShown } from './shown-path.ts'

/**
 * Descriptions by the name an export has: `greet`, or `acme:math/ops#add` without version.
 *
 * @param path - a `.wit` file or a folder of them, in `directory`
 * @throws {MayflyError} ERR_MANIFEST_INVALID when there is none
 */
export function witDescriptions(directory: string, path: string): Record<string, string> {
  const found: Record<string, string> = {}
  const texts = witFilesAt(directory, path).map((file) => readFileSync(file, 'utf8'))
  // In a folder one file names the package of all.
  const name = texts.map(packageOf).find((each) => each !== '') ?? ''
  for (const text of texts) Object.assign(found, describeAll(text, name))
  return found
}

/**
 * The files that `path` stands for.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID when there is none
 */
export function witFilesAt(directory: string, path: string): string[] {
  const place = join(directory, path)
  const stats = statSync(place, { throwIfNoEntry: false })
  const files = stats?.isDirectory()
    ? readdirSync(place)
        .filter((name) => name.endsWith('.wit'))
        .toSorted()
        .map((name) => join(place, name))
    : [place]
  if (stats === undefined || files.length === 0) {
    throw new MayflyError(
      'ERR_MANIFEST_INVALID',
      `Cannot read WIT "${toShown(place)}": not there`,
      {
        hint: 'Point "wit" of agent.json to a .wit file, or to a folder that has some',
        facts: { file: place },
      },
    )
  }
  return files
}

// A comment, a name as packages have them, or a mark.
const TOKEN = /(\/\/[^\n]*|\/\*[^]*?\*\/)|(%?[a-zA-Z][\w:/@.+-]*)|([{}();:])/g

function packageOf(text: string): string {
  const code = text.replaceAll(/\/\/[^\n]*|\/\*[^]*?\*\//g, '')
  return withoutVersion(/(?:^|[\s;])package\s+([^\s;{]+)/.exec(code)?.[1] ?? '')
}

function describeAll(text: string, packageName: string): Record<string, string> {
  const found: Record<string, string> = {}
  /** The prefix of names for each open brace; `undefined` where functions are not exports. */
  const scopes: (string | undefined)[] = []
  let comments: string[] = []
  let words: string[] = []
  for (const [, comment, word, mark] of text.matchAll(TOKEN)) {
    if (comment !== undefined) {
      if (words.length === 0 && /^(\/\/\/|\/\*\*)/.test(comment)) comments.push(comment)
      continue
    }
    if (word !== undefined) {
      words.push(word.replace(/^%/, ''))
      continue
    }
    // `name: func`, `export name: async func`: the mark after the colon decides.
    if (mark === ':') continue
    if (mark === '(' && words.some((each) => each.replace(/^.*:/, '') === 'func')) {
      const [name] = words
        .filter((each) => each !== 'export')
        .map((each) => each.replace(/:.*/, ''))
      const scope = scopes.at(-1)
      const isExport = words[0] === 'export' || scope !== ''
      if (name !== undefined && scope !== undefined && isExport && comments.length > 0)
        found[scope + name] = comments.map(plain).join('\n').trim()
    }
    if (mark === '{') scopes.push(scopeOf(words, scopes, packageName))
    if (mark === '}') scopes.pop()
    if (mark !== '(' && mark !== ')') {
      words = []
      comments = []
    }
  }
  return found
}

/** `''` for a world, whose exports stand alone; a name and `#` for an interface. */
function scopeOf(
  words: readonly string[],
  scopes: readonly (string | undefined)[],
  packageName: string,
): string | undefined {
  const [first = '', second = ''] = words.map((word) => word.replace(/:$/, ''))
  if (first === 'world') return ''
  if (first === 'interface') return `${packageName}/${second}#`
  // An interface written inside a world: `export ops: interface {`.
  if (first === 'export' && words.includes('interface') && scopes.at(-1) === '') return `${second}#`
  return undefined
}

function withoutVersion(name: string): string {
  return name.replace(/@.*/, '')
}

function plain(comment: string): string {
  if (comment.startsWith('///')) return comment.slice(3).trim()
  return comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trimEnd())
    .join('\n')
    .trim()
}
