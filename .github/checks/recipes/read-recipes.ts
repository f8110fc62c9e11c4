/**
 * Reads the recipes of CONTRIBUTING.md: the files, edits and commands of each, in order.
 *
 * A recipe is a heading of level 3 below the heading `Recipes`.
 *
 * @module
 */
import { readSteps, type Step } from './read-steps.ts'

export interface Recipe {
  /** Its heading. */
  readonly title: string
  readonly steps: readonly Step[]
}

const SECTION = /^## Recipes$([\s\S]*?)(?=^## |(?![\s\S]))/m

/** @throws {Error} when a block that is to be a file, or an edit of one, does not name it */
export function readRecipes(markdown: string): Recipe[] {
  const [, section = ''] = SECTION.exec(markdown) ?? []
  const [, ...parts] = section.split(/^### /m)
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf('\n'))
    return { title, steps: readSteps(`recipe "${title}"`, part) }
  })
}
