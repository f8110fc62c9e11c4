import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { OLDEST_NODE, requireNode, type PlatformVersions } from './require-node.ts'

const PACKAGE = new URL('../../package.json', import.meta.url)

function refusal(versions: PlatformVersions): unknown {
  try {
    return requireNode({ ...process.versions, ...versions })
  } catch (error) {
    return error
  }
}

describe('requireNode()', () => {
  it.each(['20.20.2', '22.23.3', '23.11.0'])('refuses Node %s in one sentence', (node) => {
    const message = `Cannot run agents on Node ${node}: Node 24 or newer is needed (npm install node@26, then npx node)`
    expect(refusal({ node })).toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      message,
      stack: `MayflyError: ${message}`,
    })
  })

  it.each(['24.0.0', '26.10.0', '100.0.0'])('lets Node %s through', (node) => {
    expect(refusal({ node })).toBeUndefined()
  })

  it.each(['bun', 'deno'])('does not judge %s by the Node it says it is', (platform) => {
    expect(refusal({ node: '22.0.0', [platform]: '2.0.0' })).toBeUndefined()
  })

  it('does not judge Workers by the Node they say they are, nor Node by another name', () => {
    expect(() => requireNode({ node: '22.23.4' }, 'Cloudflare-Workers')).not.toThrow()
    expect(() => requireNode({ node: '22.23.4' }, 'Node.js/22')).toThrow('Cannot run agents')
  })

  it('lets a platform without Node through', () => {
    expect(requireNode({})).toBeUndefined()
  })

  it('asks for what package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { engines: { node: string } }
    expect(engines.node).toBe(`>=${OLDEST_NODE}`)
  })
})
