import { describe, expect, it } from 'vitest'
import { isolatedStage, waiting } from './testing/isolated-stage.ts'

describe('a process that ends', () => {
  it('fails its calls, and nothing of another group', async () => {
    await using stage = isolatedStage({ groupOf: (agent) => agent })
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const first = await stage.runtime.load({ component, manifest: { name: 'first' }, imports })
    const hello = await stage.example('hello')
    const lost = first.call('run', [1])
    const kept = hello('/')
    await underWay
    stage.there.processes[0]?.crash()
    await expect(lost).rejects.toMatchObject({
      code: 'ERR_GUEST_KILLED',
      message: 'Stopped agent "first": the process of group "first" ended: signal SIGSEGV',
    })
    expect((await kept).status).toBe(200)
    expect(stage.there.ends).toMatchObject([{ group: 'first', agents: ['first'], calls: 1 }])
  })

  it('is started again with its agents', async () => {
    await using stage = isolatedStage()
    const hello = await stage.example('hello')
    stage.there.processes[0]?.crash()
    // It waits until it has started.
    expect((await hello('/')).status).toBe(200)
    expect(stage.there.processes).toHaveLength(2)
    stage.there.processes[1]?.crash()
    // The second time it is not started at once.
    expect((await hello('/')).status).toBe(503)
    await expect.poll(() => hello('/').then(({ status }) => status), { timeout: 20_000 }).toBe(200)
  })
})

describe('a process that cannot be started', () => {
  it('fails the load, and the next one is tried', async () => {
    await using stage = isolatedStage()
    stage.there.refuseNext('spawn EMFILE')
    await expect(stage.example('hello')).rejects.toMatchObject({
      message: 'Cannot load agent "hello": the process of group "local" ended: spawn EMFILE',
    })
    expect((await (await stage.example('hello'))('/')).status).toBe(200)
  })

  it('is tried again later, and the host goes on', async () => {
    await using stage = isolatedStage()
    const hello = await stage.example('hello')
    stage.there.refuseNext('spawn EMFILE')
    stage.there.processes[0]?.crash()
    expect((await hello('/')).status).toBe(503)
    await expect.poll(() => hello('/').then(({ status }) => status), { timeout: 20_000 }).toBe(200)
    expect(stage.there.ends.map(({ reason }) => reason)).toEqual(['signal SIGSEGV', 'spawn EMFILE'])
  })
})
