/**
 * The templates: folders of text files, each with `.txt` after its name to keep compilers and npm away, and
 * `{{words}}` that are filled in. Files that several templates share are in folders of their own.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { PACKAGE_DIRECTORY } from '../../../toolchain/index.ts'

export const TEMPLATES = [
  'typescript',
  'hono',
  'starlingmonkey',
  'assemblyscript',
  'c',
  'javy',
] as const
export type Template = (typeof TEMPLATES)[number]

/** Other names that a person may use for templates. */
const OTHER_NAMES: Readonly<Record<string, Template>> = { ts: 'typescript' }

export interface TemplateWords {
  readonly name: string
  /** Path or URL of the JSON Schema of agent.json. */
  readonly schema: string
  /** The value for Mayfly in `dependencies` of package.json. */
  readonly mayfly: string
  /** Versions of the compilers that a template may need, by name of package. */
  readonly peers: Readonly<Record<string, string>>
}

export interface TemplateFile {
  /** Its path in the folder of the agent, with slashes. */
  readonly name: string
  readonly text: string
}

const SUFFIX = '.txt'

export function findTemplate(name: unknown): Template | undefined {
  const other = typeof name === 'string' && Object.hasOwn(OTHER_NAMES, name) && OTHER_NAMES[name]
  return TEMPLATES.find((template) => template === (other || name))
}

/** Templates whose source TypeScript checks with the types of an agent. */
const TYPED: readonly Template[] = ['typescript', 'hono', 'javy']

/** Whether TypeScript checks the source of the template with what its manifest grants. */
export function hasGrantTypes(template: Template): boolean {
  return template === 'typescript' || template === 'hono'
}

/** Reads the files of `template`, with `words` filled in, in the order of their names. */
export async function readTemplate(
  template: Template,
  words: TemplateWords,
): Promise<TemplateFile[]> {
  const shared = ['every', TYPED.includes(template) ? 'typed' : 'untyped']
  const files = await Promise.all([...shared, template].map((folder) => readFolder(folder, words)))
  return files.flat().toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function readFolder(folder: string, words: TemplateWords): Promise<TemplateFile[]> {
  const directory = join(PACKAGE_DIRECTORY, 'host', 'cli', 'verbs', 'new', 'templates', folder)
  const names = await readdir(directory, { recursive: true })
  return Promise.all(
    names
      .filter((name) => name.endsWith(SUFFIX))
      .map(async (name) => ({
        name: name.slice(0, -SUFFIX.length).split(sep).join('/'),
        text: fill(await readFile(join(directory, name), 'utf8'), words),
      })),
  )
}

function fill(text: string, { peers, ...words }: TemplateWords): string {
  return text
    .replaceAll(/\{\{(name|schema|mayfly)\}\}/g, (_, word: keyof typeof words) => words[word])
    .replaceAll(/"([^"]+)": "\{\{peer\}\}"/g, (_, name: string) => `"${name}": "${peers[name]}"`)
}
