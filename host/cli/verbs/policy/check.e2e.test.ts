/** `mayfly policy check`, and `mayfly serve --policy`, as a person runs them. @module */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { component } from '../../../targets/node/testing/components.ts'
import { mayfly, serving, writeFiles, type Serving } from '../../testing/mayfly-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-check-'))
const cwd = { cwd: directory }
const TOKEN = 'of-the-operator'
let host: Serving

beforeAll(async () => {
  const code = await component({})
  for (const [folder, fields] of [
    ['small', { name: 'team-a-small' }],
    ['big', { name: 'team-a-big', limits: { deadlineMs: 3_600_000, concurrency: 101 } }],
  ] as const) {
    const manifest = { ...fields, component: 'agent.wasm' }
    writeFiles(join(directory, folder), { 'agent.json': manifest })
    writeFileSync(join(directory, folder, 'agent.wasm'), code)
  }
  writeFileSync(
    join(directory, 'policy.json'),
    `{
  // For every agent.
  "limits": { "deadlineMs": 60000, "concurrency": 100 },
  "tenants": {
    "team-a": { "agents": ["team-a-*"], "limits": { "deadlineMs": 30000 } },
  },
}`,
  )
  const options = ['--port', '0', '--control-port', '0', '--data', 'data', '--workers', '1']
  host = await serving(['serve', 'small', 'big', '--policy', 'policy.json', ...options], {
    ...cwd,
    env: { MAYFLY_TOKEN: TOKEN },
  })
}, 60_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** The ways to ask: a file, the socket of a host, its port. */
function ways(): string[][] {
  const port = /Control plane at (http:\S+?)\/-\//.exec(host.output())?.[1] ?? ''
  return [
    ['--policy', 'policy.json'],
    ['--data', 'data'],
    ['--url', port],
  ]
}

const check = (...words: string[]) =>
  mayfly(['policy', 'check', ...words], { ...cwd, env: { MAYFLY_TOKEN: TOKEN } })

describe('mayfly policy check', () => {
  it('takes an agent that the policy takes, and says what it lowers', async () => {
    for (const way of ways()) {
      const { code, stdout } = await check('small', ...way)
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining('Allowed: agent "team-a-small", tenant "team-a"'),
      ])
      expect(stdout).toContain('limits.concurrency: 100 in place of the default 256')
    }
  })

  it('lists all that the policy refuses', async () => {
    for (const way of ways()) {
      const { code, stdout } = await check('big', ...way)
      expect(code).toBe(1)
      expect(stdout).toContain('limits.deadlineMs 3600000: the host allows 30000 (tenant "team-a")')
      expect(stdout).toContain('limits.concurrency 101: the host allows 100\n')
      expect(stdout).toContain(
        'change tenants.team-a.limits.deadlineMs, limits.concurrency in the policy',
      )
    }
    expect((await check('big', '--policy', 'policy.json')).stdout).toContain(
      '  policy.json:5:67  limits.deadlineMs 3600000',
    )
  })

  it('prints JSON', async () => {
    for (const way of ways()) {
      const { code, stdout } = await check('big', '--json', ...way)
      expect([code, JSON.parse(stdout)]).toMatchObject([
        1,
        {
          agent: 'team-a-big',
          hasPolicy: true,
          tenant: 'team-a',
          refused: [
            { place: 'limits.deadlineMs', value: 3_600_000 },
            { rule: 'limits.concurrency' },
          ],
        },
      ])
    }
  })

  it.each([
    [['small', '--policy', 'policy.json', '--data', 'data'], 'at once'],
    [[], 'one agent is needed'],
    [['small', '--policy', 'nowhere.json'], 'Cannot read policy "nowhere.json"'],
    [['nowhere', '--policy', 'policy.json'], 'no such file'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await check(...words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('mayfly serve --policy', () => {
  it('leaves out what the policy refuses, says why, and serves the rest', async () => {
    expect(host.output()).toContain(
      'agent "team-a-big" is left out: Cannot serve agent "team-a-big"',
    )
    expect(host.output()).toContain(
      'limits.deadlineMs 3600000: the host allows 30000 (tenant "team-a")',
    )
    expect(host.output()).toMatch(/^ {2}team-a-small /m)
    expect(host.output()).not.toMatch(/^ {2}team-a-big /m)
  })

  it.each([
    [
      '{ "limits": { "deadlineMs": 0 } }',
      [],
      'wrong.json:1:29: limits.deadlineMs: expected a number',
    ],
    [
      '{ "limit": {} }',
      [],
      'wrong.json:1:3: limit: expected a known key, got "limit", did you mean "limits"',
    ],
    [
      '{ "features": ["gc"] }',
      ['--allow-feature', 'gc'],
      'Cannot use --allow-feature beside --policy',
    ],
  ])('does not start with %s', async (policy, words, message) => {
    writeFileSync(join(directory, 'wrong.json'), policy)
    const { code, stderr } = await mayfly(
      ['serve', 'small', '--policy', 'wrong.json', '--data', 'other', ...words],
      cwd,
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('ends when the policy refuses every agent', async () => {
    const { code, stderr } = await mayfly(
      ['serve', 'big', '--policy', 'policy.json', '--data', 'other', '--port', '0'],
      cwd,
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('"team-a-big" is left out')])
  })
})
