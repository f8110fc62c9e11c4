/**
 * The components of `components/hostile` as agents of a host, and how each is set to work over HTTP.
 *
 * @module
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { withOptionalImports } from '../../../host/toolchain/optional-imports.ts'
import { componentizeQuickJs } from '../../../host/toolchain/quickjs/index.ts'

const FOLDER = join(import.meta.dirname, '../../../components/hostile')
const OPTIONAL_IMPORTS = ['http', 'kv', 'queue', 'tools'].map(
  (name) => `mayfly:agent/${name}@0.2.0`,
)

export interface HostileAgent {
  readonly name: string
  readonly component: Uint8Array
  /** Whether it answers requests; otherwise its function `run` is called. */
  readonly serves: boolean
}

/** Returns all hostile agents, or those in `only`. Invalid ones are left out, because no host runs them. */
export async function hostileAgents(only?: readonly string[]): Promise<HostileAgent[]> {
  const names = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (only?.includes(entry.name) ?? true))
    .map(({ name }) => name)
  const agents: HostileAgent[] = []
  for (const name of names.sort()) {
    const text = join(FOLDER, name, 'agent.wat')
    const script = join(FOLDER, name, 'agent.js')
    if (existsSync(text)) {
      const component = await parse(readFileSync(text, 'utf8')).catch(() => undefined)
      if (component !== undefined) agents.push({ name, component, serves: false })
    } else if (existsSync(script)) {
      const component = await componentizeQuickJs({ source: readFileSync(script, 'utf8') })
      agents.push({
        name,
        component: withOptionalImports(component, OPTIONAL_IMPORTS),
        serves: true,
      })
    }
  }
  return agents
}
