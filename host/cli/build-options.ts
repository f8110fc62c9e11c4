/**
 * The options of every verb that builds agents.
 *
 * @module
 */
import type { ParseArgsConfig } from 'node:util'
import { MayflyError } from '../../runtime/errors/index.ts'
import type { BuildAgentOptions } from '../toolchain/index.ts'
import type { ParsedArguments } from './verb.ts'

export const BUILD_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  root: { type: 'string' },
  'build-timeout': { type: 'string' },
}

export const BUILD_USAGE: string = `
  --root DIR          Folder that a build reads nothing out of, but for packages in node_modules. Default: the
                      nearest above with workspaces in package.json, pnpm-workspace.yaml or .git, else the agent's
  --build-timeout S   Seconds that code of an agent may run while it is built. Default: 10, and 120 for engines
                      other than quickjs, their compiler included
`.slice(1, -1)

const MAX_SECONDS = 86_400

/** @throws {MayflyError} ERR_USAGE */
export function buildOptions({
  values,
}: Pick<ParsedArguments, 'values'>): Pick<BuildAgentOptions, 'root' | 'timeoutMs'> {
  const { root, 'build-timeout': timeout } = values
  return {
    ...(typeof root === 'string' ? { root } : {}),
    ...(typeof timeout === 'string' ? { timeoutMs: seconds(timeout) * 1000 } : {}),
  }
}

function seconds(text: string): number {
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number > 0 && number <= MAX_SECONDS) return number
  throw new MayflyError(
    'ERR_USAGE',
    `Cannot use build-timeout "${text}": not a number of seconds up to ${MAX_SECONDS}`,
  )
}
