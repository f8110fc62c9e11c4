/** The recipes of CONTRIBUTING.md: small, whether they fit the files of today; with peers, followed to their end. @module */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PACKAGE_DIRECTORY } from '../../../host/toolchain/package-files.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { PackageCopy } from './package-copy.ts'
import { readRecipes, type Recipe } from './read-recipes.ts'
import { filesOf, runCommands, runGate, writeFiles } from './run-recipe.ts'

const recipes = readRecipes(readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8'))

/** How many files that are there already a change takes: the measure of the layout. */
const MAX_EDITED_FILES: Readonly<Record<string, number>> = {
  'Add a capability': 6,
  'Add a WASI interface': 2,
  'Add a target': 1,
  'Add a verb to the command line': 1,
}

describe('recipes', () => {
  it('are those that are counted', () => {
    expect(recipes.map(({ title }) => title)).toEqual(Object.keys(MAX_EDITED_FILES))
  })

  it.each(recipes)('$title: fits the files there are, and edits few of them', (recipe) => {
    const paths = [...filesOf(recipe).keys()]
    const edited = paths.filter((path) => existsSync(join(PACKAGE_DIRECTORY, path)))
    expect(edited.length).toBeLessThanOrEqual(MAX_EDITED_FILES[recipe.title] ?? 0)
    expect(edited.length).toBeLessThan(paths.length)
  })
})

describe.runIf(HAS_PEERS)(`recipes ${NEEDS_PEERS}`, { timeout: 900_000 }, () => {
  it.each(recipes)('$title: passes its tests and the gate', async (recipe) => {
    using copy = new PackageCopy()
    await writeFiles(recipe, copy)
    await runCommands(recipe, copy)
    await runGate(copy)
  })

  it('are incomplete without what is generated, and without a part of a grant', async () => {
    using copy = new PackageCopy()
    await writeFiles(recipeOf('capability'), copy)
    for (const check of ['host-types', 'manifest-schema', 'engine-bindings']) {
      await expect(copy.run(`node .github/checks/${check}.ts`)).rejects.toThrow('out of date')
    }
    const path = 'runtime/capabilities/lottery/grant.ts'
    await copy.write(path, copy.read(path).replace(/^ {2}parts: .*\n/m, ''))
    await expect(copy.run('tsc -p runtime --noEmit')).rejects.toMatchObject({
      stdout: expect.stringContaining("Property 'parts' is missing"),
    })
  })
})

function recipeOf(word: string): Recipe {
  const [recipe] = recipes.filter(({ title }) => title.includes(word))
  if (recipe === undefined) throw new Error(`Cannot find a recipe with "${word}" in its heading`)
  return recipe
}
