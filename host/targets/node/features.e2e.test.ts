/**
 * A component that needs a feature is served where manifest and host allow it, and else refused beside a neighbour
 * that is served.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { hostile } from '../../../runtime/agents/testing/hostile.ts'
import { manifestFromObject, type Feature } from '../../../runtime/manifest/index.ts'
import { startServer, type AgentBundle } from './index.ts'

async function bundle(
  name: string,
  of: string,
  features: readonly Feature[],
): Promise<AgentBundle> {
  // One of them is for the stack.
  const limits = { memoryBytes: 2 * 1_048_576 }
  const manifest = manifestFromObject({ name, limits, ...(features.length > 0 && { features }) })
  return { manifest, component: new Uint8Array(await parse(hostile(of))), revision: name }
}

async function run(url: string, name: string, n: number): Promise<number> {
  const response = await fetch(`${url}/-/functions/${name}/run`, {
    method: 'POST',
    body: JSON.stringify({ n }),
  })
  await response.arrayBuffer()
  return response.status
}

it.for([
  [['gc'], ['gc'], true],
  [['gc'], [], false],
  [[], ['gc'], false],
  [['gc'], ['shared-memory'], false],
] as const)('manifest %j, host %j: served %s', async ([asked, allowed, served]) => {
  const agents = [
    await bundle('objects', 'objects-many', asked),
    await bundle('neighbour', 'memory-bomb', []),
  ]
  const options = { agents, port: 0, workers: 1, logLevel: 'silent', features: allowed } as const
  const server = await startServer(options)
  try {
    expect(server.agents.map(({ manifest }) => manifest.name)).toEqual(
      served ? ['objects', 'neighbour'] : ['neighbour'],
    )
    expect(server.refused).toMatchObject(
      served ? [] : [{ name: 'objects', error: { code: 'ERR_COMPONENT_UNSUPPORTED' } }],
    )
    if (served) {
      expect(await run(server.url, 'objects', 100)).toBe(200)
      // Stopped at its budget, and the next request has all of it again.
      expect(await run(server.url, 'objects', 5_000_000)).toBeGreaterThanOrEqual(500)
      expect(await run(server.url, 'objects', 100)).toBe(200)
    }
    expect(await run(server.url, 'neighbour', 1)).toBe(200)
  } finally {
    await server.close()
  }
})
