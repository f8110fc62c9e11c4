/** The manifest of the agent that a person names. @module */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { parseManifest, type Manifest } from '../../../../runtime/manifest/index.ts'

/**
 * @param agent - a folder with an agent.json, or such a file
 * @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID
 */
export function agentManifest(agent: string): {
  readonly file: string
  readonly manifest: Manifest
} {
  const isFolder = existsSync(agent) && statSync(agent).isDirectory()
  const file = isFolder ? join(agent, 'agent.json') : agent
  if (!existsSync(file)) {
    throw new MayflyError('ERR_USAGE', `Cannot read "${file}": no such file`, {
      hint: 'Give a folder with an agent.json',
      facts: { file },
    })
  }
  return { file, manifest: parseManifest(readFileSync(file, 'utf8'), { file }) }
}
