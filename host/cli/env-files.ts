/**
 * The files that have variables for agents: `.env` and `.env.local` of folders, and those of `--env-file`.
 *
 * Their values do not enter the environment of this process: compilers and libraries would inherit them, and a file in the
 * folder of an agent could set `PATH` or `NODE_OPTIONS`. They are only what manifests may name, beside the environment.
 *
 * @module
 */

import { realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { ParseArgsConfig } from 'node:util'
import { MayflyError } from '../../runtime/errors/index.ts'
import { readEnvFile, type FileVariable } from './env-file.ts'
import type { ParsedArguments } from './verb.ts'

/** What is read from a folder; the later file wins. */
const ENV_FILES = ['.env', '.env.local'] as const

export const ENV_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  'env-file': { type: 'string', multiple: true },
}

export const ENV_USAGE: string = `
  --env-file FILE     File with lines NAME=value: variables that an agent.json names, and MAYFLY_SECRET_NAME. The
                      environment wins over it, and a later file over an earlier. Several times for more
`.slice(1, -1)

/**
 * Returns the variables of the files in `folders`, then of those that `--env-file` names. The later wins.
 *
 * @throws {MayflyError} ERR_USAGE when a named file is not there, or a file cannot be read
 */
export function fileVariables(
  { values }: Pick<ParsedArguments, 'values'>,
  folders: readonly string[],
): Readonly<Record<string, string>> {
  const named = [values['env-file'] ?? []].flat().map(String)
  const found = [...new Set(folders.map((folder) => resolve(folder)))].flatMap(filesIn)
  return merge([...found, ...named].flatMap(readEnvFile))
}

/** Returns the folder of the agent at `path`: a folder, an `agent.json` or a component. */
export function folderOf(path: string): string {
  return /\.(?:json|wasm)$/.test(path) ? dirname(path) : path
}

function filesIn(folder: string): string[] {
  return ENV_FILES.map((name) => join(folder, name)).filter((file) => {
    // A folder `.env` is one of Python's, and reading a pipe could wait for ever.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false
    const target = relative(realpathSync(folder), realpathSync(file))
    if (target !== '..' && !target.startsWith(`..${sep}`) && resolve(target) !== target) return true
    // The author of an agent could else read any such file of this machine through its manifest.
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot read variables "${file}": it is a link out of its folder`,
      {
        hint: `Name the file that it leads to: --env-file ${realpathSync(file)}`,
        facts: { file },
      },
    )
  })
}

function merge(variables: readonly FileVariable[]): Readonly<Record<string, string>> {
  const seen = new Map<string, FileVariable>()
  for (const variable of variables) {
    const { name, file, line } = variable
    const other = seen.get(name.toLowerCase())
    if (other !== undefined && other.name !== name) {
      throw new MayflyError(
        'ERR_USAGE',
        `Cannot read variables "${file}", line ${line}: ${name} is ${other.name} in other case`,
        {
          hint: `Write it as in "${other.file}", line ${other.line}: on some systems both are one variable`,
          facts: { file, line },
        },
      )
    }
    seen.set(name.toLowerCase(), variable)
  }
  return Object.fromEntries([...seen.values()].map(({ name, value }) => [name, value]))
}
