/**
 * Follows the recipes of CONTRIBUTING.md in copies of this package: their files, edits and commands, then types, lint
 * and checks. Prints the changes of each.
 *
 *   node .github/checks/recipes.ts [words of a heading]
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { PackageCopy } from './recipes/package-copy.ts'
import { readRecipes, type Recipe } from './recipes/read-recipes.ts'
import { changesOf, runCommands, runGate, writeFiles } from './recipes/run-recipe.ts'

const words = process.argv.slice(2).join(' ').toLowerCase()
const text = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8')
const recipes = readRecipes(text).filter(({ title }) => title.toLowerCase().includes(words))
if (recipes.length === 0) {
  console.error(`Cannot follow a recipe: no heading has "${words}"`)
  process.exitCode = 2
}
for (const recipe of recipes) await follow(recipe)

async function follow(recipe: Recipe): Promise<void> {
  using copy = new PackageCopy()
  console.log(recipe.title)
  try {
    await writeFiles(recipe, copy)
    await runCommands(recipe, copy)
    await runGate(copy)
  } catch (error) {
    console.error(outputOf(error))
    process.exitCode = 1
    return
  }
  for (const [kind, paths] of Object.entries(changesOf(recipe, copy))) {
    for (const path of paths) console.log(`  ${kind.padEnd(9)}  ${path}`)
  }
}

/** Returns the output of a failed command; the error's message has only its stderr. */
function outputOf(error: unknown): string {
  const { message, stdout = '' } = error as Error & { readonly stdout?: string }
  return `${stdout}${message}`
}
