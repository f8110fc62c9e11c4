/** `mayfly token` against a host that runs as a process, and `mayfly control` with a token of it. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly, serving, writeFiles, type Ended, type Serving } from '../testing/mayfly-process.ts'

const COMPONENT = `(component
  (core module $m (func (export "one") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "one") (result u32) (canon lift (core func $i "one"))))`

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-token-'))
  const component = await parse(COMPONENT)
  const files = (name: string) => ({
    [`${name}/agent.json`]: { name, component: 'agent.wasm' },
    [`${name}/agent.wasm`]: component,
  })
  writeFiles(folder, { ...files('team-a-shop'), ...files('other'), ...files('team-a-new') })
  const agents = ['team-a-shop/agent.wasm', 'other/agent.wasm']
  host = await serving(['serve', ...agents, '--port', '0', '--workers', '1'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return mayfly(args, { cwd: folder, env })
}

const NEW = ['token', 'new', 'team-a', '--agents', 'team-a-*', '--routes', '/team-a-*']

describe('mayfly token', () => {
  it('makes a token that its holder uses within its scope, until it is revoked', async () => {
    const made = await run([...NEW, '--can', 'read,deploy', '--can', 'operate', '--expires', '30d'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const { token, ...summary } = JSON.parse(made.stdout)
    expect(token).toMatch(/^mf_[\w-]{43}$/)
    expect(summary).toMatchObject({ name: 'team-a', can: ['read', 'deploy', 'operate'] })
    const lifeMs = Date.parse(summary.expiresAt) - Date.parse(summary.createdAt)
    expect(lifeMs).toBe(30 * 86_400_000)

    const control = (...args: string[]) =>
      run(['control', ...args, '--url', host.url], { MAYFLY_TOKEN: token })
    const agents = await control('agents', '--json')
    expect(JSON.parse(agents.stdout).agents).toMatchObject([{ name: 'team-a-shop' }])
    expect((await control('deploy', 'team-a-new/agent.wasm')).code).toBe(0)
    expect((await control('kill', 'team-a-new')).code).toBe(0)
    const refused = await control('deploy', 'other/agent.wasm', '--json')
    expect([refused.code, JSON.parse(refused.stderr).error]).toEqual([
      1,
      'token "team-a" is for agents team-a-*: not "other"; ' +
        'token "team-a" is for routes /team-a-*: not "/other/*"',
    ])

    const { stdout } = await run(['token', 'list'])
    const day = new Date().toISOString().slice(0, 10)
    expect(JSON.parse(stdout).tokens).toMatchObject([{ name: 'team-a', lastUsed: day }])
    expect(stdout).not.toContain(token)
    expect((await run(['token', 'revoke', 'team-a'])).code).toBe(0)
    const late = await control('agents')
    expect([late.code, late.stderr]).toEqual([
      1,
      expect.stringContaining('does not know the token'),
    ])
    // The log says who has done and tried what, and no token.
    const lines = host.output().split('\n')
    const line = { event: 'control', caller: 'token:team-a' }
    const logged = lines
      .filter((each) => each.includes('"event":"control"'))
      .map((each) => JSON.parse(each))
    expect(logged).toContainEqual(expect.objectContaining({ ...line, status: 201, level: 'info' }))
    expect(logged).toContainEqual(expect.objectContaining({ ...line, status: 403, level: 'warn' }))
    expect(host.output()).not.toContain(token.slice(3))
  }, 120_000)

  it.each([
    [['token'], 2, 'an action and a name are needed'],
    [['token', 'new'], 2, 'an action and a name are needed'],
    [['token', 'revoke'], 2, 'an action and a name are needed'],
    [['token', 'remove', 'x'], 2, 'an action and a name are needed'],
    [['token', 'new', 'x', 'y'], 2, 'an action and a name are needed'],
    [['token', 'revoke', 'absent'], 1, 'no token'],
    [['token', 'new', 'x', '--can', 'read'], 1, 'for no agents'],
    [[...NEW, '--can', 'fly'], 1, 'no action'],
    [[...NEW, '--can', 'read', '--expires', 'soon'], 1, 'expires'],
    [['token', 'list', '--data', 'elsewhere'], 1, 'no host answers'],
    [['token', 'list', '--url', 'x'], 2, 'not a URL'],
  ])('refuses %j with %i: %s', async (args, code, message) => {
    const ended = await run(args)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  it('is not for clients over TCP without the token of the host', async () => {
    const ended = await run([...NEW, '--can', 'read', '--url', host.url])
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('control.sock')])
  })
})
