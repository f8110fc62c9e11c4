/** The lines that a host prints when it serves: one for each address of an agent, which a person can try. @module */

import { exampleLines, placeOf, type PageLink } from '../control/index.ts'
import type { MayflyServer } from '../targets/node/index.ts'

type Served = Pick<MayflyServer, 'url' | 'pageLink' | 'agents' | 'wall'>

export function printAgents({ url, pageLink, agents, wall }: Served): void {
  console.log(
    `Mayfly serves ${agents.length === 1 ? '1 agent' : `${agents.length} agents`} at ${url}\n`,
  )
  const width = Math.max(...agents.map(({ manifest }) => manifest.name.length))
  for (const { manifest } of agents) {
    const { name } = manifest
    const lines = exampleLines({ ...manifest, ...placeOf(manifest) }, url)
    if (lines.length === 0) console.log(`  ${name.padEnd(width)}  a tool of other agents`)
    for (const [index, line] of lines.entries())
      console.log(`  ${(index === 0 ? name : '').padEnd(width)}  ${line}`)
  }
  console.log()
  if (wall !== undefined) console.log(`A process for each tenant; its wall: ${wall}\n`)
  printPageLink(pageLink())
}

/** A link that opens the page of the operator, with the control plane beside it. */
export function printPageLink(link: PageLink | undefined): void {
  if (link === undefined) return
  const { url, expiresAt } = link
  const until = new Date(expiresAt).toTimeString().slice(0, 5)
  console.log(`Page of the operator, to be opened once until ${until}:\n  ${url}`)
  console.log(`Control plane at ${new URL('/-/', url).href}\n`)
}
