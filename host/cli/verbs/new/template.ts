/**
 * The templates: folders of text files, each with `.txt` after its name to keep compilers and npm away, and
 * `{{words}}` that are filled in.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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
}

export interface TemplateFile {
  readonly name: string
  readonly text: string
}

const SUFFIX = '.txt'

export function findTemplate(name: unknown): Template | undefined {
  const other = typeof name === 'string' && Object.hasOwn(OTHER_NAMES, name) && OTHER_NAMES[name]
  return TEMPLATES.find((template) => template === (other || name))
}

/** Reads the files of `template`, with `words` filled in. */
export async function readTemplate(
  template: Template,
  words: TemplateWords,
): Promise<TemplateFile[]> {
  const directory = join(PACKAGE_DIRECTORY, 'host', 'cli', 'verbs', 'new', 'templates', template)
  const names = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX)).toSorted()
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -SUFFIX.length),
      text: fill(await readFile(join(directory, name), 'utf8'), words),
    })),
  )
}

function fill(text: string, words: TemplateWords): string {
  return text.replaceAll(
    /\{\{(name|schema|mayfly)\}\}/g,
    (_, word: keyof TemplateWords) => words[word],
  )
}
