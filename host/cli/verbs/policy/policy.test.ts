import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { verb } from './policy.ts'

describe('mayfly policy explain', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mayfly-policy-'))
    const http = [
      { host: 'api.example.com', paths: ['/v1/*'] },
      { host: '*.example.com', methods: ['POST'] },
      { host: '10.0.0.7', scheme: 'http' },
      { host: '169.254.169.254', scheme: 'http', network: 'private' },
    ]
    writeFileSync(
      join(folder, 'agent.json'),
      JSON.stringify({ name: 'tester', source: 'agent.ts', capabilities: { http } }),
    )
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  async function explain(method: string, url: string, json = false, more = {}) {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const code = await verb.run({
        values: { ...(json ? { json } : {}), ...more },
        positionals: ['explain', folder, method, url],
      })
      const text = String(log.mock.calls[0]?.[0])
      return { code, text: text.replaceAll(folder, 'FOLDER') }
    } finally {
      log.mockRestore()
    }
  }

  it('prints the rule that allows, and what has to hold besides', async () => {
    const { code, text } = await explain('get', 'https://api.example.com/v1/prices')
    expect(code).toBe(0)
    expect(text).toBe(
      `
Allowed by http[0]: GET https://api.example.com/v1/prices
  http[0]  allows it
  http[1]  method "GET": POST granted
  http[2]  host "api.example.com": not granted
  http[3]  host "api.example.com": not granted

Every address it resolves to has to be public
`.trim(),
    )
  })

  it('prints why each rule denies, and the line that would allow', async () => {
    const { code, text } = await explain('PUT', 'https://api.example.com/v1/prices')
    expect(code).toBe(1)
    expect(text).toBe(
      `
Denied: PUT https://api.example.com/v1/prices
  method "PUT": GET, HEAD granted

Rules:
  http[0]  method "PUT": GET, HEAD granted
  http[1]  method "PUT": POST granted
  http[2]  host "api.example.com": not granted
  http[3]  host "api.example.com": not granted

Add { "host": "api.example.com", "methods": ["PUT"], "paths": ["/v1/prices"] } to capabilities.http in FOLDER/agent.json
`.trim(),
    )
  })

  it('says what an address lies in', async () => {
    const near = await explain('GET', 'http://10.0.0.7/')
    expect([near.code, near.text]).toEqual([
      1,
      expect.stringContaining('Add "network": "private" to http[2] in FOLDER/agent.json'),
    ])
    const metadata = await explain('GET', 'http://2852039166/latest/meta-data')
    expect(metadata.text).toContain('address 169.254.169.254: reserved, "private" granted')
    expect(metadata.text).toContain('No grant allows it')
  })

  it('says what nothing can allow', async () => {
    expect((await explain('CONNECT', 'https://api.example.com/')).text).toContain(
      'method "CONNECT"',
    )
    expect((await explain('GET', 'https://me:pw@api.example.com/')).text).toContain('credentials')
    expect((await explain('GET', 'ftp://api.example.com/')).text).toContain('scheme "ftp"')
  })

  it('prints JSON', async () => {
    const { text } = await explain('GET', 'https://api.example.com/v1/x', true)
    expect(JSON.parse(text)).toMatchObject({ outcome: 'allowed', rule: 'http[0]' })
  })

  describe('--policy', () => {
    const underPolicy = async (
      policy: string,
      url: string,
      json = false,
    ): Promise<{ code: number; text: string }> => {
      const file = join(folder, 'policy.json')
      writeFileSync(file, policy)
      return explain('GET', url, json, { policy: file })
    }

    it('allows what the policy allows', async () => {
      const { code, text } = await underPolicy(
        '{ "networks": ["public", "private"] }',
        'https://api.example.com/v1/prices',
      )
      expect([code, text]).toEqual([0, expect.stringContaining('Allowed by http[0]')])
    })

    it('prints the line of the policy that denies the rule', async () => {
      const { code, text } = await underPolicy('{\n  "networks": ["public"]\n}', 'http://10.0.0.7/')
      expect(code).toBe(1)
      expect(text).toContain('Denied: GET http://10.0.0.7/')
      const other = await underPolicy('{ "networks": ["private"] }', 'https://api.example.com/v1/x')
      expect([other.code, other.text]).toEqual([
        1,
        `
Denied: GET https://api.example.com/v1/x
  capabilities.http[0].network "public": the host allows "private"

Rules:
  http[0]  allows it
  http[1]  method "GET": POST granted
  http[2]  host "api.example.com": not granted
  http[3]  host "api.example.com": not granted

Policy of the host:
  FOLDER/policy.json:1:15  capabilities.http[0].network "public": the host allows "private"
  FOLDER/policy.json:1:15  capabilities.http[1].network "public": the host allows "private"
  FOLDER/policy.json:1:15  capabilities.http[2].network "public": the host allows "private"

Change FOLDER/agent.json, or the policy
`.trim(),
      ])
    })

    it('prints the part of the policy that lacks the line', async () => {
      const policy = `{
        "networks": ["public", "private"],
        "tenants": { "team": { "agents": ["*"], "routes": ["/team/*"], "networks": ["public", "private"] } },
      }`
      const { code, text } = await underPolicy(policy, 'https://api.example.com/v1/x', true)
      expect(code).toBe(1)
      expect(JSON.parse(text)).toMatchObject({
        outcome: 'denied',
        rule: 'http[0]',
        reason:
          'the agent is not served: route "/tester/*": the host allows "/team/*" (tenant "team")',
        policy: [{ place: 'route', rule: 'tenants.team.routes', at: 'FOLDER/policy.json:3:59' }],
      })
      const none = await underPolicy(
        '{ "tenants": { "team": { "agents": ["x"] } } }',
        'https://a.test/',
      )
      expect(none.text).toContain('FOLDER/policy.json:1:14  name "tester": the host allows agents')
    })
  })

  it('refuses to explain without a URL, an agent that is not there, and what is no URL', async () => {
    const run = (...positionals: string[]) => verb.run({ values: {}, positionals })
    await expect(run('explain', folder, 'GET')).rejects.toMatchObject({ code: 'ERR_USAGE' })
    await expect(run('explain', join(folder, 'x'), 'GET', 'https://a.test/')).rejects.toThrow(
      'no such file',
    )
    await expect(run('explain', folder, 'GET', '/x')).rejects.toThrow('not an absolute URL')
  })
})
