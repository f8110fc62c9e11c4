/**
 * Keys that cannot be extracted, which the host keeps: while their guest is in no slot, in a process of its own, and after
 * the end of its request.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent, PACKAGE_DIRECTORY } from '../../host/toolchain/index.ts'
import type { InvocationRecord } from '../../runtime/agents/index.ts'
import { isolatedStage } from '../../runtime/isolation/testing/isolated-stage.ts'
import { Runtime, type RuntimeOptions } from '../../runtime/presets/index.ts'

const SOURCE = `
import * as host from 'mayfly:agent/crypto@0.2.0'
const { subtle } = crypto
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const CONTENT = new TextEncoder().encode('content')
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const paths = {
  '/waits': async () => {
    const { privateKey, publicKey } = await subtle.generateKey(ECDSA, false, ['sign', 'verify'])
    const secret = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const sealing = { name: 'AES-GCM', iv: new Uint8Array(12) }
    const results = []
    for (let turn = 0; turn < 3; turn++) {
      await sleep(5)
      const sealed = await subtle.encrypt(sealing, secret, CONTENT)
      await sleep(5)
      const opened = new TextDecoder().decode(await subtle.decrypt(sealing, secret, sealed))
      const signature = await subtle.sign(ECDSA, privateKey, CONTENT)
      results.push(opened, await subtle.verify(ECDSA, publicKey, signature, CONTENT))
      await subtle.exportKey('raw', secret).catch(({ name }) => results.push(name))
    }
    return results
  },
  // As the host knows the key: what a guest of any language has in its memory.
  '/text': async () => {
    const plan = { algorithm: { name: 'HMAC', hash: 'SHA-256' }, extractable: false, usages: ['sign'] }
    const [key] = await host.generateKey(JSON.stringify(plan))
    await sleep(5)
    await host.sign('{"name":"HMAC"}', key, CONTENT)
    return key
  },
  '/goes-on': async (_, context) => {
    const key = await paths['/text']()
    const later = async () => {
      await sleep(300)
      await host.sign('{"name":"HMAC"}', key, CONTENT)
      console.log('signed later')
    }
    context.waitUntil(later())
    return key
  },
  '/other': async (text) => {
    try {
      await host.sign('{"name":"HMAC"}', text, CONTENT)
      return 'signed'
    } catch (error) {
      return String(error.payload ?? error.message ?? error)
    }
  },
}
export default {
  async fetch(request, env, context) {
    return Response.json(await paths[new URL(request.url).pathname](await request.text(), context))
  },
}
`

const directory = mkdtempSync(join(tmpdir(), 'mayfly-kept-keys-'))
afterAll(() => rmSync(directory, { recursive: true }))
writeFileSync(join(directory, 'agent.js'), SOURCE)
writeFileSync(
  join(directory, 'agent.json'),
  JSON.stringify({ name: 'keys', source: 'agent.js', limits: { deadlineMs: 10_000 } }),
)
const cacheDirectory = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
const built = await buildAgent({ directory, cacheDirectory })

// Puts a guest aside whenever it waits.
const AT_ONCE = { waiting: { keepMs: 0 } }
const lines: string[] = []
const records: InvocationRecord[] = []
const RECORDED: RuntimeOptions = {
  drivers: { log: { write: ({ message }) => void lines.push(message) } },
  onInvocation: (record) => void records.push(record),
}

describe.each([
  ['in its slot', () => new Runtime(RECORDED)],
  ['put aside while it waits', () => new Runtime({ ...RECORDED, ...AT_ONCE })],
  ['in a process of its group', () => isolatedStage({}, {}, RECORDED).runtime],
  [
    'put aside in a process of its group',
    () => isolatedStage({ lookMs: 1 }, AT_ONCE, RECORDED).runtime,
  ],
] as const)('a kept key of a guest %s', async (name, open) => {
  const runtime = open()
  afterAll(() => runtime.close())
  const agent = await runtime.load(built)
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const init = body === undefined ? {} : { method: 'POST', body }
    return (await agent.fetch(new Request(`http://agent${path}`, init))).json()
  }

  it('works across waits, and cannot be extracted after them', async () => {
    const turn = ['content', true, 'InvalidAccessError']
    expect(await ask('/waits')).toEqual([...turn, ...turn, ...turn])
    if (!name.startsWith('put aside')) return
    await expect.poll(() => agent.stats().waiting.moves).toBeGreaterThan(0)
  })

  it('is of no use to another request of the same agent', async () => {
    const [text, again] = [String(await ask('/text')), String(await ask('/text'))]
    expect(JSON.parse(text)).toMatchObject({ extractable: false, kept: expect.any(String) })
    expect(again).not.toBe(text)
    expect(await ask('/other', text)).toBe('denied')
  })

  it('is of no use to another request while its own goes on, which can use it', async () => {
    const text = String(await ask('/goes-on'))
    expect(await ask('/other', text)).toBe('denied')
    expect(agent.stats().active).toBe(1)
    await expect.poll(() => agent.stats().active).toBe(0)
    expect(records.at(-1)?.outcome.state).toBe('completed')
    expect(lines.at(-1)).toBe('signed later')
  })
})
