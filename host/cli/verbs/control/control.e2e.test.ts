/** `mayfly control` as an operator types it, at a host that runs as a process. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REFUSED, run, TALLY } from '../../../targets/node/testing/components.ts'
import {
  mayfly,
  serving,
  writeFiles,
  type Ended,
  type Serving,
} from '../../testing/mayfly-process.ts'

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
    const deployed = await control('deploy', join(folder, 'tally'), '--json')
    expect(JSON.parse(deployed.stdout)).toMatchObject({ gained: [], revoked: ['kv.notes'] })
    expect(await tally()).toBe(REFUSED)
    // What an operator reads in the log is what works.
    const hint = 'mayfly control grants tally --restore kv.notes'
    expect(host.output()).toContain(`kv.notes stays revoked, until ${hint}`)
    const restored = await control(...hint.split(' ').slice(2), '--json')
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

describe('mayfly control', () => {
  it.for<[string, RegExp]>([
    [
      'agents',
      /^AGENT +AT +VERSION +.*\ntally +\/tally\/\* +[0-9a-f]{12} +\d+ .*enabled +kv log clock random$/m,
    ],
    ['health', /^ok: 1 agent, 1 of 1 worker ready, up \d+ s$/m],
    ['approvals', /^AGENT +VERSION +.*\ntally +[0-9a-f]{12} +[0-9a-f]{12} +20.*enabled$/m],
    ['audit', /^FILE +RECORDS +HASH\n\S+ +\d+ +\S+$/m],
    ['metrics', /^# TYPE /m],
  ])('%s prints text for people', async ([word, text]) => {
    const { code, stdout, stderr } = await control(word)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(text)
  })

  it('prints the JSON of the host with --json', async () => {
    const { stdout } = await control('agents', '--json')
    expect(JSON.parse(stdout).agents).toMatchObject([{ name: 'tally', disabled: false }])
  })

  it('says what it has changed', async () => {
    expect(await control('disable', 'tally')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Disabled tally: 1 worker after \d+ ms\n$/),
    })
    expect((await control('agents')).stdout).toContain('disabled')
    expect((await control('enable', 'tally')).stdout).toContain('Enabled tally')
    expect((await control('rollback', 'tally')).stdout).toMatch(
      /^Serves tally [0-9a-f]{12}, after /,
    )
  })

  it('shows versions, what tells two apart, and serves the one that is named', async () => {
    const list = await control('versions', 'tally')
    expect([list.code, list.stderr]).toEqual([0, ''])
    const row =
      /^([0-9a-f]{12}) +[0-9a-f]{12} +20\S+Z +(control|start) +(\S+) +(approved|not needed) +kv notes read, /gm
    const rows = [...list.stdout.matchAll(row)].map(([, revision = '', by, state]) => ({
      ...{ revision, by, state },
    }))
    expect(list.stdout).toMatch(/^REVISION +COMPONENT +DEPLOYED +BY +STATE +APPROVAL +POWERS\n/)
    expect(rows).toMatchObject([
      { by: 'control', state: 'withdrawn' },
      { by: 'start', state: 'served' },
    ])
    const [second = { revision: '' }, first = { revision: '' }] = rows
    const diff = await control('diff', 'tally', first.revision, second.revision)
    expect([diff.code, diff.stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          `^tally ${first.revision} .* -> ${second.revision} .*\n  the same powers and limits\n  other code, the same assets\n$`,
        ),
      ),
    ])
    const back = await control('rollback', 'tally', '--to', second.revision)
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/^Serves tally /)])
    const none = await control('rollback', 'tally', '--to', 'ffff')
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('none that is kept')])
    expect(none.stderr).toContain(first.revision)
    expect((await control('rollback', 'tally')).code).toBe(0)
  })

  it('prints a refusal as any error, and as JSON with --json', async () => {
    const refused = await control('kill', 'absent')
    expect([refused.code, refused.stderr]).toEqual([
      1,
      'mayfly: Cannot kill "absent": no agent "absent"\n',
    ])
    const raw = await control('kill', 'absent', '--json')
    expect([raw.code, JSON.parse(raw.stderr).error]).toEqual([1, 'no agent "absent"'])
    const hinted = await control('rollback', 'tally')
    expect([hinted.code, hinted.stderr]).toEqual([
      1,
      expect.stringMatching(/^mayfly: Cannot .*\n {2}\S/),
    ])
  })

  it.for<[string[], string, string]>([
    [['frobnicate'], 'Cannot control "frobnicate": no such action', 'Actions: agents, health,'],
    [['agnets'], 'Cannot control "agnets": no such action', 'Did you mean "agents"? Actions:'],
    [[], 'Cannot control: an action is needed', 'Actions: agents'],
    [['kill'], 'Cannot kill: an agent is needed, and nothing more', 'mayfly control kill AGENT'],
    [['kill', 'a', 'b'], 'Cannot kill: an agent is needed', 'mayfly control kill AGENT'],
    [
      ['diff', 'a', 'b'],
      'Cannot diff: an agent and two of its versions are needed, and nothing more',
      'mayfly control diff AGENT VERSION VERSION',
    ],
    [['versions'], 'Cannot versions: an agent is needed', 'mayfly control versions AGENT'],
    [['deploy', 'a', '--to', 'b'], 'Cannot deploy with --to: it is for a rollback', '--to VERSION'],
    [['agents', 'x'], 'Cannot show agents: it is shown of the whole host', 'mayfly control agents'],
  ])('refuses %j', async ([args, message, hint]) => {
    const { code, stderr } = await control(...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
    expect(stderr).toContain(hint)
  })
})

describe('mayfly control stop', () => {
  it('stops all agents until they are enabled, and one', async () => {
    for (const args of [['stop'], ['stop', 'tally']]) {
      const { code, stdout } = await control(...args)
      expect([code, stdout]).toEqual([0, expect.stringContaining('Stopped tally: 1 worker after')])
      expect((await run(host, 'tally')).status).toBe(503)
      expect((await control('enable', 'tally')).code).toBe(0)
      expect((await run(host, 'tally')).status).toBe(200)
    }
    const none = await control('stop', 'none')
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no agent "none"')])
    expect((await control('stop', 'tally', 'more')).code).toBe(2)
  })
})

describe('mayfly control page', () => {
  it('makes a link that opens the page once, of the port that the host has printed', async () => {
    const { code, stdout } = await control('page')
    expect(code).toBe(0)
    const { origin, hash } = new URL(stdout.split('\n')[0] ?? '')
    expect(host.output()).toContain(`Control plane at ${origin}/-/`)
    const trade = () =>
      fetch(`${origin}/-/page/session`, {
        method: 'POST',
        body: JSON.stringify({ code: hash.slice(1) }),
      })
    expect([(await trade()).status, (await trade()).status]).toEqual([201, 401])
    expect((await control('page', 'tally')).code).toBe(2)
  })

  it('has a table of workers beside it', async () => {
    const { stdout } = await control('workers')
    expect(stdout).toMatch(/worker-1 +ready +\d+ %\nMemory of the host: \d+ MB of \d+ MB/)
  })
})
