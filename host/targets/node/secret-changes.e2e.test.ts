/** Secrets that are set, replaced and removed while a host serves the agents that use them. @module */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { auditRecords } from '../../drivers/audit-file/index.ts'
import { SecretStore } from '../../drivers/secrets/index.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { PACKAGE_DIRECTORY } from '../../toolchain/package-files.ts'
import { auditDirectory, revisionOf, startServer, type MayflyServer } from './index.ts'

const AGENT = `
  export default {
    async fetch(request, env) {
      const key = await env.secrets.key('KEY')
      const mac = await crypto.subtle.sign('HMAC', key, new Uint8Array([1]))
      return new Response(new Uint8Array(mac).toHex())
    },
  }
`
const WAIT = { timeout: 20_000, interval: 50 }

let directory = ''
let data = ''
let store: SecretStore
let server: MayflyServer

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-changes-'))
  data = join(directory, 'data')
  writeFileSync(join(directory, 'agent.js'), AGENT)
  const agents = []
  for (const name of ['one', 'two']) {
    const capabilities = { secrets: { KEY: { use: ['hmac-sha256'] } } }
    const text = JSON.stringify({ name, source: 'agent.js', capabilities })
    writeFileSync(join(directory, 'agent.json'), text)
    const cacheDirectory = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
    const { manifest, component } = await buildAgent({ directory, cacheDirectory })
    const bytes = new Uint8Array(component)
    agents.push({ manifest, component: bytes, revision: revisionOf(manifest, bytes) })
  }
  const first = await startServer({
    ...{ agents: [], port: 0, workers: 1, dataDirectory: data, logLevel: 'silent' },
  })
  await first.close()
  store = new SecretStore({ directory: data })
  await store.set('KEY', 'first')
  server = await startServer({
    ...{ agents, port: 0, workers: 2, dataDirectory: data, logLevel: 'silent' },
  })
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function signs(agent: string): Promise<string> {
  return (await fetch(`${server.url}/${agent}/`)).text()
}

function by(secret: string): string {
  return createHmac('sha256', secret)
    .update(new Uint8Array([1]))
    .digest('hex')
}

it('serves an agent anew with a secret that was set for it, and no other agent', async () => {
  expect([await signs('one'), await signs('two')]).toEqual([by('first'), by('first')])
  await store.set('KEY', 'second', { agent: 'one' })
  await vi.waitFor(async () => expect(await signs('one')).toBe(by('second')), WAIT)
  expect(await signs('two')).toBe(by('first'))
  // Both workers.
  for (let count = 0; count < 8; count++) expect(await signs('one')).toBe(by('second'))
})

it('goes back to the secret of all agents when its own is removed', async () => {
  await store.remove('KEY', 'one')
  await vi.waitFor(async () => expect(await signs('one')).toBe(by('first')), WAIT)
})

it('serves on with what it had when the secret is gone, and with the next that is set', async () => {
  await store.remove('KEY')
  await vi.waitFor(async () => expect(await renewals()).toContain('two KEY refused'), WAIT)
  expect(await signs('two')).toBe(by('first'))
  await store.set('KEY', 'third')
  await vi.waitFor(async () => expect(await signs('two')).toBe(by('third')), WAIT)
})

it('does nothing when the key of the host changes, and opens the next secret', async () => {
  const before = (await renewals()).length
  await store.rotate()
  await store.set('OTHER', 'of no agent')
  await store.set('KEY', 'fourth', { agent: 'two' })
  await vi.waitFor(async () => expect(await signs('two')).toBe(by('fourth')), WAIT)
  await vi.waitFor(async () => expect(await renewals()).toHaveLength(before + 1), WAIT)
  expect((await renewals()).at(-1)).toBe('two KEY completed')
  expect(await signs('one')).toBe(by('third'))
})

/** As the audit log has them. */
async function renewals(): Promise<string[]> {
  return (await Array.fromAsync(auditRecords(auditDirectory(data))))
    .filter(({ action }) => action === 'renew')
    .map(({ agent, target, outcome }) => `${agent} ${target} ${outcome}`)
}
