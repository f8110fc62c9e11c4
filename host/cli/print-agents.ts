/** The lines that a host prints when it serves: one for each address of an agent, which a person can try. @module */

import type { MayflyServer } from '../targets/node/index.ts'

type Served = Pick<MayflyServer, 'url' | 'controlUrl' | 'agents' | 'wall'>
type Manifest = Served['agents'][number]['manifest']

export function printAgents({ url, controlUrl, agents, wall }: Served): void {
  console.log(
    `Mayfly serves ${agents.length === 1 ? '1 agent' : `${agents.length} agents`} at ${url}\n`,
  )
  const width = Math.max(...agents.map(({ manifest }) => manifest.name.length))
  for (const { manifest } of agents) {
    const { name, example = 'curl {url}' } = manifest
    const addresses = addressesOf(manifest, url)
    if (addresses.length === 0) console.log(`  ${name.padEnd(width)}  a tool of other agents`)
    for (const [index, address] of addresses.entries()) {
      const label = index === 0 ? name : ''
      console.log(`  ${label.padEnd(width)}  ${example.replaceAll('{url}', address)}`)
    }
  }
  console.log()
  if (wall !== undefined) console.log(`A process for each tenant; its wall: ${wall}\n`)
  if (controlUrl !== undefined) console.log(`Control plane at ${controlUrl}/-/\n`)
}

/** Of an agent: beside others, and at each host of its own. */
function addressesOf({ route, hosts = [] }: Manifest, url: string): string[] {
  const path = (route || '/').replace(/\*$/, '')
  const { protocol, port } = new URL(url)
  const own = hosts.map((host) => `${protocol}//${port === '' ? host : `${host}:${port}`}${path}`)
  return typeof route === 'string' ? [url + path, ...own] : own
}
