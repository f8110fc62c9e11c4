/** Key-value stores on a server that hosts share, from the command line. @module */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  freePort,
  hasRedis,
  startRedis,
  stopRedis,
} from '../drivers/redis-kv/testing/redis-server.ts'
import { kvUrl } from './kv-option.ts'
import { mayfly, serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const possible = hasRedis()
if (!possible) console.warn('mayfly serve --kv is not tested: redis-server is not installed')

const PASSWORD = 'hunter22'

describe('kvUrl()', () => {
  it('takes files, or a server', () => {
    expect(kvUrl(undefined, {})).toBeUndefined()
    expect(kvUrl('sqlite', { MAYFLY_KV: 'redis://a' })).toBeUndefined()
    expect(kvUrl('redis://127.0.0.1:6379', {})).toBe('redis://127.0.0.1:6379')
    expect(kvUrl(undefined, { MAYFLY_KV: 'rediss://u:p@a/2' })).toBe('rediss://u:p@a/2')
  })

  it.each(['memcached://a', 'redis', 'redis://', 'http://a', ''])('refuses %j', (argument) => {
    expect(() => kvUrl(argument, {})).toThrow('neither "sqlite" nor the URL of a server')
  })

  it('refuses a password that others can see, without saying it', () => {
    const attempt = (): unknown => kvUrl(`redis://me:${PASSWORD}@a`, {})
    expect(attempt).toThrow('it holds a password')
    expect(attempt).not.toThrow(PASSWORD)
  })

  it('reads the password from a file only its owner may read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-kv-'))
    const file = join(folder, 'password')
    const environment = { MAYFLY_KV_PASSWORD_FILE: file }
    writeFileSync(file, 'with / and @\n', { mode: 0o600 })
    expect(kvUrl('redis://me@a', environment)).toBe('redis://me:with%20%2F%20and%20%40@a')
    // The driver decodes escapes in the password of the URL.
    writeFileSync(file, '100%25 %zz', { mode: 0o600 })
    const { password } = new URL(kvUrl('redis://me@a', environment) ?? '')
    expect(decodeURIComponent(password)).toBe('100%25 %zz')
    rmSync(file)
    writeFileSync(file, PASSWORD, { mode: 0o644 })
    expect(() => kvUrl('redis://me@a', environment)).toThrow('lets others read it')
    rmSync(folder, { recursive: true })
  })
})

describe.runIf(possible)('mayfly serve --kv', () => {
  let folder = ''
  let redis: ChildProcess
  let port = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mayfly-kv-'))
    writeFiles(folder, {
      'tally/agent.json': {
        name: 'tally',
        source: 'agent.ts',
        capabilities: { kv: { tally: { access: 'write' } } },
      },
      'tally/agent.ts': `export default {
        fetch: async (_, env) => new Response(String(await env.kv.open('tally').increment('n'))),
      }`,
      password: '',
    })
    rmSync(join(folder, 'password'))
    writeFileSync(join(folder, 'password'), PASSWORD, { mode: 0o600 })
    port = await freePort()
    redis = await startRedis(port, ['--requirepass', PASSWORD])
  }, 60_000)

  afterAll(async () => {
    await stopRedis(redis)
    rmSync(folder, { recursive: true, force: true })
  })

  function host(data: string, env: Record<string, string>): Promise<Serving> {
    const more = ['--port', '0', '--workers', '1', '--data', join(folder, data)]
    const args = ['serve', join(folder, 'tally'), '--kv', `redis://127.0.0.1:${port}`, ...more]
    return serving(args, { env })
  }

  const count = async ({ url }: Serving): Promise<string> => (await fetch(`${url}/tally`)).text()

  it('shares stores between hosts, and shows the password nowhere', async () => {
    const env = { MAYFLY_KV_PASSWORD_FILE: join(folder, 'password') }
    await using one = await host('one', env)
    await using other = await host('other', env)
    const counts = [await count(one), await count(other), await count(one)]
    expect(counts).toEqual(['1', '2', '3'])
    expect(readFileSync(`/proc/${one.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD)
    expect(await one.stop()).toBe(0)
    expect(one.output() + other.output()).not.toContain(PASSWORD)
  })

  it('leaves out agents with stores, and says why, when the server refuses the password', async () => {
    const args = ['serve', join(folder, 'tally'), '--port', '0', '--data', join(folder, 'none')]
    const wrong = { MAYFLY_KV: `redis://:wrong-guess@127.0.0.1:${port}` }
    const { code, stderr, stdout } = await mayfly(args, { env: wrong })
    expect(code).toBe(1)
    expect(stderr).toContain(`Cannot connect to Redis at "127.0.0.1:${port}"`)
    expect(stderr + stdout).not.toContain('wrong-guess')
  })
})
