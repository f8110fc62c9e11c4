/** `mayfly control grants` as an operator types it, at a host that runs as a process. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REFUSED, run, TALLY } from '../../targets/node/testing/components.ts'
import { mayfly, serving, writeFiles, type Ended, type Serving } from '../testing/mayfly-process.ts'

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-control-cli-'))
  const component = new Uint8Array(await parse(TALLY))
  writeVersion(component)
  host = await serving([
    ...['serve', join(folder, 'tally'), '--port', '0', '--workers', '1'],
    ...['--data', join(folder, 'data'), '--log-level', 'warn'],
  ])
  // A custom section: another component, which does the same.
  writeVersion(new Uint8Array([...component, 0, 3, 2, 0x76, 1]))
}, 60_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function writeVersion(component: Uint8Array): void {
  writeFiles(join(folder, 'tally'), {
    'agent.wasm': component,
    'agent.json': {
      name: 'tally',
      component: 'agent.wasm',
      capabilities: { kv: { notes: { access: 'write' } } },
    },
  })
}

function control(...args: string[]): Promise<Ended> {
  return mayfly(['control', ...args, '--data', join(folder, 'data')])
}

async function tally(): Promise<unknown> {
  return (await run(host, 'tally')).body
}

describe('mayfly control grants', () => {
  it('takes a grant away, over a deploy, and gives it back', async () => {
    expect(await tally()).toBe(1)
    expect((await control('grants', 'tally', '--revoke', 'kv.notes')).code).toBe(0)
    expect(await tally()).toBe(REFUSED)
    const deployed = await control('deploy', join(folder, 'tally'))
    expect(JSON.parse(deployed.stdout)).toMatchObject({ gained: [], revoked: ['kv.notes'] })
    expect(await tally()).toBe(REFUSED)
    // What an operator reads in the log is what works.
    const hint = 'mayfly control grants tally --restore kv.notes'
    expect(host.output()).toContain(`kv.notes stays revoked, until ${hint}`)
    const restored = await control(...hint.split(' ').slice(2))
    expect(JSON.parse(restored.stdout)).toMatchObject({ restored: ['kv.notes'], revoked: [] })
    expect(await tally()).toBe(2)
  })

  it.each([
    [['--restore', 'kv.notes'], 'nothing was taken from it'],
    [['--revoke', 'kv.notes', '--restore', '*'], '--revoke or --restore is needed'],
    [[], '--revoke or --restore is needed'],
  ])('refuses %j, and changes nothing', async (args, reason) => {
    const { code, stderr } = await control('grants', 'tally', ...args)
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(reason)])
    expect(await tally()).not.toBe(REFUSED)
  })
})
