/**
 * Reads the recipes of CONTRIBUTING.md: the files, edits and commands of each, in order.
 *
 * A recipe is a heading of level 3 below the heading `Recipes`. Of its code blocks, `sh` is run line by line; `diff`
 * edits the file that the paragraph before it begins with, in backticks; any other is the whole of such a file.
 *
 * @module
 */
import { readHunks, type Hunk } from './edit.ts'

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'edit'; readonly path: string; readonly hunks: readonly Hunk[] }
  | { readonly kind: 'command'; readonly line: string }

export interface Recipe {
  /** Its heading. */
  readonly title: string
  readonly steps: readonly Step[]
}

const SECTION = /^## Recipes$([\s\S]*?)(?=^## |(?![\s\S]))/m
const BLOCK = /^(?:`([^`\n]+)`.*(?:\n.+)*\n\n)?```(\w+)\n([\s\S]*?)^```$/gm

/** @throws {Error} when a block that is to be a file, or an edit of one, does not name it */
export function readRecipes(markdown: string): Recipe[] {
  const [, section = ''] = SECTION.exec(markdown) ?? []
  const [, ...parts] = section.split(/^### /m)
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf('\n'))
    return { title, steps: [...part.matchAll(BLOCK)].flatMap((block) => stepsOf(title, block)) }
  })
}

function stepsOf(title: string, [, path, language, text = '']: RegExpMatchArray): Step[] {
  if (language === 'sh') {
    const lines = text.split('\n').filter((line) => line !== '')
    return lines.map((line) => ({ kind: 'command', line }))
  }
  if (path === undefined) {
    throw new Error(
      `Cannot read recipe "${title}": no path above the block that begins "${text.slice(0, 40)}"`,
    )
  }
  return language === 'diff'
    ? [{ kind: 'edit', path, hunks: readHunks(text) }]
    : [{ kind: 'file', path, text }]
}
