/** Agents for tests, beside files that are not theirs. @module */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, vi } from 'vitest'
import { isMayflyError, type MayflyError } from '../../../runtime/errors/index.ts'
import { buildAgent, type BuildAgentOptions } from '../index.ts'

export const ROOT: string = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-confinement-')))
export const SECRET = 'KEY-of-the-host'
export const HANDLER = 'export default { fetch: () => new Response(String(secret)) }\n'
let count = 0

vi.setConfig({ testTimeout: 120_000 })
afterAll(() => rmSync(ROOT, { recursive: true }))

export type Files = Readonly<Record<string, unknown>>

/**
 * Makes an agent in a new folder, beside files that are not part of it. `@` in a text stands for the folder of
 * both; a content of `-> path` makes a link.
 */
export function project(files: Files, manifest: object = {}): BuildAgentOptions {
  const place = join(ROOT, `${++count}`)
  const all: Files = {
    id_rsa: SECRET,
    'x.wasm': SECRET,
    'secret.json': { secret: SECRET },
    'secret.ts': `export const secret = '${SECRET}'\n`,
    'secret.h': `#define SECRET "${SECRET}"\n`,
    'agent/agent.json': { name: 'a', source: 'agent.ts', ...manifest },
    'agent/own.txt': 'own',
    ...files,
  }
  for (const [name, content] of Object.entries(all)) {
    const path = join(place, name)
    mkdirSync(dirname(path), { recursive: true })
    const text = (typeof content === 'string' ? content : JSON.stringify(content)).replaceAll(
      '@/',
      `${place}/`,
    )
    const [, target] = /^-> (.*)$/.exec(text) ?? []
    if (target === undefined) writeFileSync(path, text)
    else symlinkSync(target, path)
  }
  return { directory: join(place, 'agent'), cacheDirectory: join(ROOT, 'cache') }
}

/** The error of a build that is refused. */
export async function failure(options: BuildAgentOptions): Promise<MayflyError> {
  try {
    await buildAgent(options)
  } catch (error) {
    if (isMayflyError(error)) return error
    throw error
  }
  throw new Error('was built')
}

/** The component, as text. */
export async function built(options: BuildAgentOptions): Promise<string> {
  return Buffer.from((await buildAgent(options)).component).toString('latin1')
}

export const OUTSIDE: RegExp = /outside of the root of the build, ".*agent"/
