/**
 * A secret on its whole way: from the host to an upstream that echoes its requests, with an agent in between that
 * publishes all it learns. Only the upstream may have seen the secret.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Runtime } from '../../../runtime/presets/index.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { environmentSecrets } from './environment-secrets.ts'

const SECRET = 'sk-live-0123456789abcdef'

const AGENT = `export default {
  async fetch(request, env) {
    const headers = { authorization: 'Bearer mine', range: 'bytes=0-9' }
    const url = 'https://api.example.com' + new URL(request.url).pathname
    let learnt
    try {
      const response = await fetch(url, { headers })
      learnt = JSON.stringify([[...response.headers], await response.text()])
    } catch (error) {
      learnt = String(error) + error.stack
    }
    env.log.info(learnt)
    if (request.url.endsWith('/throw')) throw new Error(learnt)
    return new Response(learnt)
  },
}`

const MANIFEST = {
  name: 'secret-user',
  source: 'agent.js',
  capabilities: {
    http: [{ host: 'api.example.com', headers: { authorization: 'Bearer {secret:API_TOKEN}' } }],
  },
}

describe('a secret', () => {
  const sent: string[] = []
  const seen: unknown[] = []
  const memories = new Set<WebAssembly.Memory>()
  let directory = ''
  let runtime: Runtime
  let agent: Awaited<ReturnType<Runtime['load']>>

  beforeAll(async () => {
    const { Instance } = WebAssembly
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(function (module, imports) {
      const instance = new Instance(module, imports)
      const own = Object.values(imports ?? {}).flatMap((names) => Object.values(names))
      for (const value of [...own, ...Object.values(instance.exports)]) {
        if (value instanceof WebAssembly.Memory) memories.add(value)
      }
      return instance
    })
    directory = mkdtempSync(join(tmpdir(), 'mayfly-secret-'))
    writeFileSync(join(directory, 'agent.json'), JSON.stringify(MANIFEST))
    writeFileSync(join(directory, 'agent.js'), AGENT)
    runtime = new Runtime({
      drivers: {
        http: { name: 'echo', fetch: echo },
        log: { write: (line) => void seen.push(line) },
        secrets: environmentSecrets({ environment: { MAYFLY_SECRET_API_TOKEN: SECRET } }),
      },
      onInvocation: ({ outcome, ...record }) => {
        const error = 'error' in outcome ? outcome.error : undefined
        seen.push(record, error instanceof Error ? [error.message, error.stack] : String(error))
      },
    })
    agent = await runtime.load(await buildAgent({ directory }))
  })

  afterAll(async () => {
    vi.restoreAllMocks()
    await runtime.close()
    rmSync(directory, { recursive: true, force: true })
  })

  async function echo(request: Request): Promise<Response> {
    const authorization = request.headers.get('authorization') ?? ''
    sent.push(`${authorization} ${request.headers.get('range')}`)
    if (request.url.endsWith('/refuse')) throw new Error(`Cannot send "${authorization}"`)
    const headers = { 'x-echo': authorization, [`x-${authorization.slice(7)}`]: '1' }
    const encoded = Buffer.from(authorization).toString('base64')
    return new Response(`${authorization} ${encoded} marks-the-end`, { headers })
  }

  function has(memory: WebAssembly.Memory, text: string): boolean {
    return Buffer.from(memory.buffer).includes(text)
  }

  it.each(['/echo', '/throw', '/refuse'])('reaches the upstream only: %s', async (path) => {
    const response = await agent.fetch(new Request(`http://agent${path}`))
    const body = await response.text()
    expect(sent.at(-1)).toBe(`Bearer ${SECRET} null`)
    expect(body).not.toContain(SECRET)
    expect(JSON.stringify([[...response.headers], seen])).not.toContain(SECRET)
    expect(JSON.stringify(seen)).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 20))
    if (path === '/echo') expect(body).toContain(`Bearer ${'*'.repeat(SECRET.length)} `)
    // These are the memories of the agent: one of them has the answer of the upstream.
    if (path === '/echo')
      expect([...memories].some((memory) => has(memory, 'marks-the-end'))).toBe(true)
    expect([...memories].some((memory) => has(memory, SECRET))).toBe(false)
  })

  it('keeps an agent from loading when it is not set', async () => {
    const bare = new Runtime({ drivers: { secrets: environmentSecrets({ environment: {} }) } })
    await expect(bare.load(await buildAgent({ directory }))).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      hint: 'Set MAYFLY_SECRET_API_TOKEN for the host',
    })
    await bare.close()
  })
})
