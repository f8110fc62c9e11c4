/**
 * The components of `components/hostile` as agents of a host, and how each is set to work over HTTP.
 *
 * @module
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { scriptAgent } from '../../../host/toolchain/testing/script-agent.ts'

const FOLDER = join(import.meta.dirname, '../../../components/hostile')

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
      const component = await scriptAgent(readFileSync(script, 'utf8'))
      agents.push({ name, component, serves: true })
    }
  }
  return agents
}
