/** Scoped tokens on a running host: what their holders see and deploy, and how long they hold. @module */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { auditRecords } from '../../drivers/audit-file/index.ts'
import { directoryState } from '../../drivers/directory-state/index.ts'
import { TokenStore } from '../../registry/index.ts'
import { auditDirectory, type AgentBundle } from './index.ts'
import { ask, deployForm } from './testing/components.ts'
import { ALL_ACTIONS, tokenHost, version } from './testing/token-host.ts'

const DAY_MS = 86_400_000

const host = tokenHost()

describe('what the holder of a token sees', () => {
  it('is its agents', async () => {
    const mine = await host.token()
    const names = async (path: string, field: string, name = 'agent') => {
      const { body } = await ask(`${host.server.url}/-/${path}`, { token: mine })
      const listed = (body as Record<string, Record<string, unknown>[]>)[field] ?? []
      return listed.map((each) => each[name])
    }
    expect(await names('agents', 'agents', 'name')).toEqual(['team-a-shop'])
    expect(await names('approvals', 'approvals')).toEqual(['team-a-shop'])
    expect(await names('functions', 'agents')).toEqual(['team-a-shop'])
    expect(await names('tools', 'agents')).toEqual(['team-a-shop'])
    const metrics = String((await ask(`${host.server.url}/-/metrics`, { token: mine })).body)
    expect(metrics).toContain('mayfly_agent_invocations_total{agent="team-a-shop"}')
    // Nothing of other agents, nor of the machine.
    expect(metrics).not.toMatch(/"other"|process_|mayfly_workers/)
    const all = String((await ask(`${host.server.url}/-/metrics`)).body)
    expect(all).toMatch(/agent="other"[^]*process_|process_[^]*agent="other"/)
  })

  it('does not depend on whether another agent is there', async () => {
    const mine = await host.token()
    const refusal = async (name: string) => {
      const { status, body } = await ask(`${host.server.url}/-/agents/${name}`, { token: mine })
      return [status, (body as { error: string }).error.replace(name, '?')]
    }
    expect(await refusal('other')).toEqual(await refusal('absent'))
  })
})

describe('POST /-/agents with a token', () => {
  async function deploy(bundle: AgentBundle, mine: string, query = ''): Promise<[number, string]> {
    const body = deployForm(bundle)
    const answer = await ask(`${host.server.url}/-/agents${query}`, {
      method: 'POST',
      body,
      token: mine,
    })
    return [answer.status, (answer.body as { error?: string }).error ?? '']
  }

  it('is refused with each reason', async () => {
    const mine = await host.token({ can: ['deploy'] }, 'narrow')
    expect(await deploy(await version('team-a-new', { route: '/other/*' }), mine)).toEqual([
      403,
      'token "narrow" is for routes /team-a-*: not "/other/*"',
    ])
    // Its default route counts as well.
    expect(await deploy(await version('else'), mine, '?allowNewCapabilities')).toEqual([
      403,
      'token "narrow" may deploy: not approve; ' +
        'token "narrow" is for agents team-a-*: not "else"; ' +
        'token "narrow" is for routes /team-a-*: not "/else/*"',
    ])
    expect((await host.local('/-/agents/else')).status).toBe(404)
  })

  it('takes only host names that the token has', async () => {
    const mine = await host.token({ can: ['deploy'], hosts: ['*.team-a.example'] }, 'hosts')
    const at = (...hosts: string[]) => version('team-a-site', { hosts })
    expect(await deploy(await at('team-b.example', 'www.team-a.example'), mine)).toEqual([
      403,
      'token "hosts" is for hosts *.team-a.example: not "team-b.example"',
    ])
    expect((await deploy(await at('www.team-a.example'), mine))[0]).toBe(201)
    expect((await deploy(await at('www.team-a.example'), await host.token()))[0]).toBe(403)
    // A route that it had not is a gain, within the scope as well.
    const beside = { hosts: ['www.team-a.example'], route: '/team-a-site/*' }
    expect((await deploy(await version('team-a-site', beside), mine))[0]).toBe(409)
  })

  const KV = { capabilities: { kv: { orders: { access: 'write' } } } }

  it('approves nothing unless the token can, not even under a new name', async () => {
    const mine = await host.token({ can: ['deploy'] })
    const approver = await host.token({ can: ['deploy', 'approve'] })
    const plain = await version('team-a-plain')
    const first = await version('team-a-kv', KV)
    expect((await deploy(plain, mine))[0]).toBe(201)
    const [status, error] = await deploy(first, mine)
    expect([status, error]).toEqual([409, expect.stringContaining('+ kv orders write')])
    expect((await host.local('/-/agents/team-a-kv')).status).toBe(404)
    expect((await deploy(await version('team-a-plain', KV), mine))[0]).toBe(409)
    const longer = await version('team-a-long', { limits: { deadlineMs: 3_600_000 } })
    const bounds = await deploy(longer, mine)
    expect(bounds).toEqual([409, expect.stringContaining('limits.deadlineMs')])
    expect((await deploy(first, approver))[0]).toBe(201)
    // Approved now, also for the other.
    expect((await deploy(await version('team-a-kv', KV, 1), mine))[0]).toBe(200)
    const more = { capabilities: { kv: { ...KV.capabilities.kv, more: { access: 'read' } } } }
    const wider = await version('team-a-kv', more)
    expect((await deploy(wider, approver))[0]).toBe(409)
    expect((await deploy(wider, approver, '?allowNewCapabilities'))[0]).toBe(200)
  })

  it('approves a tool only if the token is for that agent: it could call it no other way', async () => {
    const approver = await host.token({ can: ['deploy', 'approve'] }, 'approver')
    const calling = (agent: string, description = 'calls') =>
      version('team-a-caller', { description, capabilities: { tools: { it: { agent } } } })
    const refused = [403, 'token "approver" is for agents team-a-*: not the tool "other"']
    expect(await deploy(await calling('other'), approver)).toEqual(refused)
    expect((await deploy(await calling('team-a-shop'), approver))[0]).toBe(201)
    const more = '?allowNewCapabilities'
    expect(await deploy(await calling('other'), approver, more)).toEqual(refused)
    // The operator may. From then on it is no gain.
    const body = deployForm(await calling('other'))
    expect((await host.local(`/-/agents${more}`, { method: 'POST', body })).status).toBe(200)
    expect((await deploy(await calling('other', 'newer'), approver))[0]).toBe(200)
  })

  it('is rolled back by a token only to a version that it may serve', async () => {
    const mine = await host.token({ can: ['operate'] }, 'roller')
    const rolledBack = () =>
      ask(`${host.server.url}/-/agents/team-a-moved/rollback`, { method: 'POST', token: mine })
    const form = async (fields: object) => deployForm(await version('team-a-moved', fields))
    for (const fields of [{ route: '/elsewhere/*' }, {}, { description: 'newer' }]) {
      const init = { method: 'POST', body: await form(fields) }
      const { status } = await host.local('/-/agents?allowNewCapabilities', init)
      expect(status).toBeLessThan(300)
    }
    expect((await rolledBack()).status).toBe(200)
    expect(await rolledBack()).toMatchObject({
      status: 403,
      body: { error: 'token "roller" is for routes /team-a-*: not "/elsewhere/*"' },
    })
  })

  it('gives no grant back, also not its own: only the operator does', async () => {
    const mine = await host.token()
    const body = deployForm(await version('team-a-notes', KV))
    const deployed = await ask(`${host.server.url}/-/agents`, { method: 'POST', body, token: mine })
    expect(deployed.status).toBe(201)
    const grants = (request: object, token?: string) => {
      const init = { method: 'POST', body: JSON.stringify(request), token }
      const path = '/-/agents/team-a-notes/grants'
      return token === undefined ? host.local(path, init) : ask(host.server.url + path, init)
    }
    const place = 'kv.orders'
    expect((await grants({ revoke: [place] }, mine)).status).toBe(200)
    const restore = { restore: [place] }
    expect(await grants(restore, mine)).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('only the operator') },
    })
    expect((await grants({ revoke: [], ...restore }, mine)).status).toBe(403)
    expect(await grants(restore)).toMatchObject({ status: 200, body: { restored: [place] } })
    expect((await host.local('/-/agents/team-a-notes')).body).toMatchObject({
      deployedBy: { tenant: 'team-a' },
    })
  })
})

describe('tokens of a host', () => {
  it('are listed and revoked by the user of the host, and hold no text', async () => {
    const mine = await host.token({ hosts: ['*.a.example'], expires: '12h' }, 'listed')
    await ask(`${host.server.url}/-/agents`, { token: mine })
    const list = async () => {
      const { body } = await host.local('/-/tokens')
      const { tokens } = body as { tokens: { name: string }[] }
      return tokens.find(({ name }) => name === 'listed')
    }
    expect(await list()).toEqual({
      name: 'listed',
      can: [...ALL_ACTIONS],
      agents: ['team-a-*'],
      routes: ['/team-a-*'],
      hosts: ['*.a.example'],
      tenant: 'team-a',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      lastUsed: new Date().toISOString().slice(0, 10),
    })
    const file = join(host.data, 'tokens.json')
    expect(readFileSync(file, 'utf8')).not.toContain(mine.slice(3))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await host.local('/-/tokens/listed', { method: 'DELETE' })).body).toMatchObject({
      name: 'listed',
    })
    expect(await list()).toBeUndefined()
    expect((await host.local('/-/tokens/listed', { method: 'DELETE' })).status).toBe(404)
  })

  it.each([
    ['{', 'the body is not an object'],
    ['{"name":"A"}', 'name "A"'],
    ['{"name":"x","can":["admin"],"agents":["*"]}', 'no action "admin"'],
  ])('are not made of %s', async (body, reason) => {
    const answer = await host.local('/-/tokens', { method: 'POST', body })
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { error: expect.stringContaining(`Cannot make token: ${reason}`) },
    ])
  })

  it('hold no longer on any worker when the answer to the revocation is there', async () => {
    for (let round = 0; round < 10; round++) {
      const mine = await host.token({}, 'brief')
      const call = () =>
        ask(`${host.server.url}/-/functions/team-a-shop/run`, {
          method: 'POST',
          body: '[1]',
          token: mine,
        })
      // Each on its own connection: the kernel spreads them over the workers.
      const before = await Promise.all(Array.from({ length: 6 }, call))
      expect(before.map(({ status }) => status)).toEqual(Array(6).fill(200))
      await host.local('/-/tokens/brief', { method: 'DELETE' })
      const after = await Promise.all(Array.from({ length: 6 }, call))
      expect(after.map(({ status }) => status)).toEqual(Array(6).fill(401))
    }
  })

  it('survive a restart, with what they have deployed; expired ones are refused with that reason', async () => {
    const mine = await host.token({}, 'lasting')
    const body = deployForm(await version('team-a-kept'))
    expect(
      (await ask(`${host.server.url}/-/agents`, { method: 'POST', body, token: mine })).status,
    ).toBe(201)
    let late = { token: '', expiresAt: '' }
    await host.restart({}, () => {
      const state = directoryState({ directory: host.data })
      const past = new TokenStore({ state, now: () => Date.now() - 2 * DAY_MS })
      const scope = { name: 'late', can: ['read'], agents: ['*'], routes: [], hosts: [] } as const
      late = past.create({ ...scope, livesMs: DAY_MS }, { caller: 'control' })
    })
    expect((await ask(`${host.server.url}/-/agents`, { token: mine })).status).toBe(200)
    for (const path of ['agents', 'functions', 'metrics']) {
      expect(await ask(`${host.server.url}/-/${path}`, { token: late.token })).toMatchObject({
        status: 401,
        body: { error: `token "late" expired at ${late.expiresAt}` },
      })
    }
    const kept = host.server.agents.find(({ manifest }) => manifest.name === 'team-a-kept')
    expect(kept?.deployedBy).toEqual({ token: 'lasting', tenant: 'team-a' })
    const { body: summary } = await host.local('/-/agents/team-a-kept')
    expect(summary).toMatchObject({ deployedBy: { token: 'lasting', tenant: 'team-a' } })
  })

  it('are named in the audit log, by what they have done', async () => {
    const mine = await host.token({}, 'named')
    const post = (path: string, body: string | FormData = '{"revoke":[]}') =>
      ask(`${host.server.url}/-/agents${path}`, { method: 'POST', body, token: mine })
    await post('', deployForm(await version('team-a-audited')))
    for (const action of ['kill', 'disable', 'enable', 'grants'])
      expect((await post(`/team-a-audited/${action}`)).status).toBe(200)
    await host.local('/-/tokens/named', { method: 'DELETE' })
    const recorded = async () => {
      const records = await Array.fromAsync(auditRecords(auditDirectory(host.data)))
      const own = records.filter(({ caller }) => caller === 'token:named')
      const made = records.filter(({ kind, target }) => kind === 'token' && target === 'named')
      return [
        own.map(({ kind, action }) => `${kind} ${action}`),
        made.map(({ action, caller }) => `${action} by ${caller}`),
      ]
    }
    const all = [
      ['deploy deploy', 'kill kill', 'state disable', 'state enable', 'grants narrow'],
      ['make by control', 'revoke by control'],
    ]
    await vi.waitFor(async () => expect(await recorded()).toEqual(all), { timeout: 10_000 })
  })
})
