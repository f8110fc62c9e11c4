/** Where an agent answers, as the control plane lists it, and the commands for people to try it. @module */

import { exampleAt } from '../../runtime/manifest/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import type { AgentSummary } from './contract.ts'

/** With `hosts` and without a route, all paths of these are its own. Without both it has no place. */
export function placeOf({
  route,
  hosts = [],
}: Pick<Manifest, 'route' | 'hosts'>): Pick<AgentSummary, 'route' | 'hosts' | 'shared'> {
  return { route: route || '/*', hosts, shared: typeof route === 'string' }
}

/** What people read of an agent and may try. */
export function examplesOf({
  description,
  example,
}: Pick<Manifest, 'description' | 'example'>): Pick<AgentSummary, 'description' | 'example'> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
  }
}

/** The part of an agent that its commands are made of. */
export type ExampleAgent = Pick<AgentSummary, 'route' | 'hosts' | 'shared' | 'example'>

/**
 * Commands that show an agent at work: one for each of its addresses, none for a tool of other agents.
 *
 * @param url - where agents answer, without a last slash
 */
export function exampleLines(agent: ExampleAgent, url: string): string[] {
  const { route, hosts, shared } = agent
  const path = route.replace(/\*$/, '')
  const { protocol, port } = new URL(url)
  const own = hosts.map((host) => `${protocol}//${port === '' ? host : `${host}:${port}`}${path}`)
  const addresses = shared ? [url + path, ...own] : own
  return addresses.map((address) => exampleAt(agent, address))
}
