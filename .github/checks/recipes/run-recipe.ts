/**
 * Follows a recipe in a copy of this package, then runs the checks of a commit on the copy.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE_DIRECTORY } from '../../../host/toolchain/package-files.ts'
import { applyHunks } from './edit.ts'
import type { PackageCopy } from './package-copy.ts'
import type { Recipe } from './read-recipes.ts'

/** Paths of files, by kind of change. */
export interface Changes {
  readonly added: readonly string[]
  /** Files that were there and are changed by hand. */
  readonly edited: readonly string[]
  /** Files that a command of the recipe writes. */
  readonly generated: readonly string[]
}

/**
 * The files that the recipe adds and edits, whole, by path.
 *
 * @param root - of the package as it is before
 * @throws {Error} when a file that is to be added is there, or an edit does not fit
 */
export function filesOf({ steps }: Recipe, root: string = PACKAGE_DIRECTORY): Map<string, string> {
  const files = new Map<string, string>()
  for (const step of steps) {
    if (step.kind === 'command') continue
    const { path } = step
    if (step.kind === 'file') {
      if (existsSync(join(root, path))) throw new Error(`Cannot add "${path}": it is there`)
      files.set(path, step.text)
    } else {
      const text = files.get(path) ?? readFileSync(join(root, path), 'utf8')
      files.set(path, applyHunks(path, text, step.hunks))
    }
  }
  return files
}

/** Writes those files; runs nothing. */
export async function writeFiles(recipe: Recipe, copy: PackageCopy): Promise<void> {
  for (const [path, text] of filesOf(recipe)) await copy.write(path, text)
}

/** Runs the commands of the recipe, its tests among them. */
export async function runCommands({ steps }: Recipe, copy: PackageCopy): Promise<void> {
  for (const step of steps) if (step.kind === 'command') await copy.run(step.line)
}

/** Checks types, imports, lint rules and formatting of the copy. */
export async function runGate(copy: PackageCopy): Promise<void> {
  await copy.run('tsc -b')
  await copy.run('npm run -s check')
  await copy.run('oxlint --deny-warnings')
  await copy.run(`prettier --check --ignore-unknown ${copy.changes().join(' ')}`)
}

/** Returns the changes of the recipe in a copy where it was followed. */
export function changesOf(recipe: Recipe, copy: PackageCopy): Changes {
  const byHand = [...filesOf(recipe).keys()]
  const isNew = (path: string): boolean => !existsSync(join(PACKAGE_DIRECTORY, path))
  return {
    added: byHand.filter(isNew),
    edited: byHand.filter((path) => !isNew(path)),
    generated: copy.changes().filter((path) => !byHand.includes(path)),
  }
}
