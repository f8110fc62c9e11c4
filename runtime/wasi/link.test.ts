import { afterAll, describe, expect, it } from 'vitest'
import { componentOf } from '../link/testing/component.ts'
import { Runtime } from '../presets/index.ts'

const runtime = new Runtime()

afterAll(() => runtime.close())

function importing(name: string, version: string): Promise<Uint8Array> {
  const [namespace = '', rest = ''] = name.split(':')
  const [packageName = '', interfaceName = ''] = rest.split('/')
  return componentOf(
    `package t:t;
     world w { import ${name}@${version}; export go: func(); }
     package ${namespace}:${packageName}@${version} { interface ${interfaceName} { now: func() -> u64; } }`,
    `(module (import "${name}@${version}" "now" (func $now (result i64)))
      (func (export "go") (drop (call $now))))`,
  )
}

async function load(name: string, version: string, capabilities: object = {}): Promise<void> {
  const component = await importing(name, version)
  const agent = await runtime.load({ component, manifest: { name: 'linker', capabilities } })
  await agent.unload()
}

describe('Runtime.load()', () => {
  it.for(['0.2.0', '0.2.3', '0.2.10', '0.2.12', '0.2.99'])(
    'links wasi:clocks@%s',
    async (version) => load('wasi:clocks/monotonic-clock', version),
  )

  it.for(['0.1.0', '1.0.0', '0.20.0'])('refuses wasi:clocks@%s', async (version) => {
    await expect(load('wasi:clocks/monotonic-clock', version)).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      hint: expect.stringContaining('wasi:clocks/monotonic-clock@0.2'),
    })
  })

  it.for(['0.3.0', '0.3.1'])('links wasi:clocks@%s beside 0.2', async (version) =>
    load('wasi:clocks/monotonic-clock', version),
  )

  it('refuses an interface of WASI 0.3 that only 0.2 has', async () => {
    await expect(load('wasi:io/poll', '0.3.0')).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: 'Cannot link "wasi:io/poll@0.3.0" into agent "linker": version 0.2 is provided',
      hint: 'Build the component against wasi:io/poll@0.2',
    })
  })

  it('refuses an interface of WASI 0.2 that only 0.3 has', async () => {
    await expect(load('wasi:clocks/system-clock', '0.2.0')).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: 'Cannot link "wasi:clocks/system-clock@0.2.0" into agent "linker": no provider',
    })
  })

  it('refuses an interface without a provider, and names the nearest', async () => {
    await expect(load('wasi:nn/tensor', '0.2.0')).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: expect.stringContaining('wasi:nn/tensor@0.2.0'),
    })
    await expect(load('wasi:clock/monotonic-clocks', '0.2.0')).rejects.toMatchObject({
      hint: expect.stringContaining('"wasi:clocks/monotonic-clock"'),
    })
  })

  it('refuses an interface that is not granted, with the line that grants it', async () => {
    const name = 'wasi:http/outgoing-handler'
    await expect(load(name, '0.2.10')).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      message: expect.stringContaining(`"${name}@0.2.10"`),
      hint: expect.stringContaining('"http": [{ "host": "api.example.com" }]'),
    })
    await expect(load('wasi:random/random', '0.2.0', { random: false })).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      hint: expect.stringContaining('"random": true'),
    })
    await expect(load('wasi:keyvalue/store', '0.2.0-draft2')).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      hint: expect.stringContaining('"kv"'),
    })
  })
})

/** Reads `start` while it initialises and returns the result. */
function early(name: string): Promise<Uint8Array> {
  const [packageName = '', interfaceName = ''] = name.split('/')
  return componentOf(
    `package t:t;
     world w { import ${name}@0.2.0; export get: func() -> u64; }
     package ${packageName}@0.2.0 { interface ${interfaceName} { now: func() -> u64; } }`,
    `(module (import "${name}@0.2.0" "now" (func $now (result i64)))
      (global $at (mut i64) (i64.const 0))
      (func $start (global.set $at (call $now)))
      (start $start)
      (func (export "get") (result i64) (global.get $at)))`,
  )
}

describe('a component that needs WASI to initialise', () => {
  it('is initialised in every invocation, and says so', async () => {
    const component = await early('wasi:clocks/monotonic-clock')
    const agent = await runtime.load({ component, manifest: { name: 'early' } })
    const first = (await agent.call('get')) as bigint
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await agent.call('get')) as bigint).toBeGreaterThan(first)
    expect(agent.stats()).toMatchObject({
      reset: 'fresh',
      unstampable: [expect.stringContaining('wasi:clocks/monotonic-clock@0.2.0')],
    })
  })

  it('is refused when it is our own interface that it calls', async () => {
    const component = await componentOf(
      `package t:t;
       world w { import mayfly:agent/clock@0.1.0; export get: func() -> f64; }
       package mayfly:agent@0.1.0 { interface clock { now: func() -> f64; } }`,
      `(module (import "mayfly:agent/clock@0.1.0" "now" (func $now (result f64)))
        (func $start (drop (call $now))) (start $start)
        (func (export "get") (result f64) (f64.const 0)))`,
    )
    await expect(runtime.load({ component, manifest: { name: 'early' } })).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
      message: expect.stringContaining('mayfly:agent/clock'),
    })
  })
})
