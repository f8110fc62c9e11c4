import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { KV_CONFORMANCE } from '../../../runtime/capabilities/kv/conformance.ts'
import { redisKv, type RedisKv } from './redis-kv.ts'
import { freePort, hasRedis, startRedis, stopRedis } from './testing/redis-server.ts'

const QUOTA = { maxBytes: 1000, maxKeys: 10 }
const hasServer = hasRedis()
if (!hasServer) console.warn('redisKv() is not tested: redis-server is not installed')

describe.runIf(hasServer)('redisKv()', () => {
  let server: ChildProcess
  let url = ''
  let cases = 0
  const opened: RedisKv[] = []

  /** Each case has its own prefix: the server is shared. */
  function open(prefix = `case-${cases}`): RedisKv {
    const driver = redisKv({ url, prefix })
    opened.push(driver)
    return driver
  }

  beforeAll(async () => {
    const port = await freePort()
    url = `redis://127.0.0.1:${port}`
    server = await startRedis(port)
  })

  afterAll(async () => {
    await Promise.all(opened.map((driver) => driver[Symbol.asyncDispose]()))
    await stopRedis(server)
  })

  it.each(KV_CONFORMANCE)('$name', async ({ run }) => {
    cases++
    // The time is the server's, so it is waited for.
    await run({ open, pass: (ms) => sleep(ms + 20) })
  })

  it('shares a store between two hosts, to the key', async () => {
    const one = await open('shared').open('agent')
    const other = await open('shared').open('agent')
    const increments = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? one : other).increment('s', 'n', 1n, QUOTA),
    )
    await Promise.all(increments)
    expect(await one.increment('s', 'n', 0n, QUOTA)).toEqual({ state: 'stored', sum: 100n })
    const writes = Array.from({ length: 30 }, (_, index) =>
      (index % 2 === 0 ? one : other).set(
        's',
        { key: `k${index}`, value: new Uint8Array(1) },
        QUOTA,
      ),
    )
    const stored = (await Promise.all(writes)).filter((outcome) => outcome === 'stored')
    expect(stored).toHaveLength(QUOTA.maxKeys - 1)
  })

  it('is there again after the server was', async () => {
    const port = await freePort()
    await using driver = redisKv({ url: `redis://127.0.0.1:${port}`, connectTimeoutMs: 1_000 })
    await expect(driver.open('agent')).rejects.toMatchObject({ code: 'ERR_HOST_UNAVAILABLE' })
    const first = await startRedis(port)
    const space = await driver.open('agent')
    expect(await space.set('s', { key: 'k', value: new Uint8Array(1) }, QUOTA)).toBe('stored')
    await stopRedis(first)
    await expect(space.get('s', 'k')).rejects.toThrow()
    const second = await startRedis(port)
    await vi.waitFor(() => space.get('s', 'k'), { timeout: 10_000, interval: 50 })
    expect(await space.get('s', 'k')).toBeUndefined()
    await stopRedis(second)
  })

  it('keeps agents apart whose names and stores read the same when joined', async () => {
    const driver = open('joined')
    const one = await driver.open('a')
    const other = await driver.open('a/s')
    await one.set('s/t', { key: 'k', value: new Uint8Array(1) }, QUOTA)
    expect(await other.get('t', 'k')).toBeUndefined()
  })
})

describe('redisKv() without a server', () => {
  it('says where there is none, without the password', async () => {
    const port = await freePort()
    await using driver = redisKv({
      url: `redis://user:hunter22@127.0.0.1:${port}`,
      connectTimeoutMs: 300,
    })
    const error: unknown = await Promise.resolve(driver.open('agent')).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      message: `Cannot connect to Redis at "127.0.0.1:${port}"`,
    })
    expect(JSON.stringify(error)).not.toContain('hunter22')
  })
})
