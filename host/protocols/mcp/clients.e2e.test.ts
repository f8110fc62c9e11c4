/**
 * Official clients of MCP, of this and of the former protocol, and its conformance suite. They are an install of their own,
 * in `.github/checks/mcp`.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { startServer, type MayflyServer } from '../../targets/node/index.ts'
import { toolsAgent } from '../../targets/node/testing/tools.ts'

const INSTALL = join(import.meta.dirname, '../../../.github/checks/mcp')
const SUITE = join(INSTALL, 'node_modules/.bin/conformance')
const INSTALL_MS = 180_000
const run = promisify(execFile)

let server: MayflyServer

/** The part of a client that both versions have. */
interface Client {
  connect(transport: unknown): Promise<void>
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(params: object, ...options: unknown[]): Promise<Record<string, unknown>>
  close(): Promise<void>
}

interface Kind {
  readonly name: string
  readonly client: string
  readonly transport: string
  readonly options: object
  /** Where `callTool` takes its options. */
  readonly optionsAt: number
}

const KINDS: readonly Kind[] = [
  {
    name: '2026-07-28',
    client: '@modelcontextprotocol/client',
    transport: '@modelcontextprotocol/client',
    options: { versionNegotiation: { mode: 'auto' } },
    optionsAt: 0,
  },
  {
    name: '2025-11-25',
    client: '@modelcontextprotocol/sdk/client/index.js',
    transport: '@modelcontextprotocol/sdk/client/streamableHttp.js',
    options: {},
    optionsAt: 1,
  },
]

describe.runIf(HAS_PEERS)(`official clients of MCP (${NEEDS_PEERS})`, () => {
  beforeAll(async () => {
    await run('npm', ['ci', '--prefix', INSTALL, '--ignore-scripts', '--no-audit', '--no-fund'])
    const options = { port: 0, workers: 1, logLevel: 'silent' } as const
    server = await startServer({ agents: [await toolsAgent()], ...options })
  }, INSTALL_MS)

  afterAll(() => server?.close())

  async function connect({ client, transport, options }: Kind): Promise<Client> {
    const require = createRequire(join(INSTALL, 'package.json'))
    const load = async (name: string) => import(pathToFileURL(require.resolve(name)).href)
    const { Client } = await load(client)
    const { StreamableHTTPClientTransport } = await load(transport)
    const connected: Client = new Client({ name: 'test', version: '1' }, options)
    await connected.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/-/mcp`)))
    return connected
  }

  it.for(KINDS)('of $name list and call tools, and learn of errors', async (kind) => {
    const client = await connect(kind)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('test_add')
    const call = (name: string, input: object) => client.callTool({ name, arguments: input })
    expect(await call('test_add', { left: 40, right: 2 })).toMatchObject({
      content: [{ type: 'text', text: '42' }],
    })
    expect(await call('test_add', { left: 'x', right: 2 })).toMatchObject({ isError: true })
    expect(await call('test_error_handling', {})).toMatchObject({ isError: true })
    await expect(call('test_nothing', {})).rejects.toThrow('not in the list')
    await client.close()
  })

  it('of 2026-07-28 stop what they give up', async () => {
    const [kind] = KINDS
    if (kind === undefined) throw new TypeError('no client')
    const client = await connect(kind)
    const leaving = new AbortController()
    const { signal } = leaving
    const answer = client.callTool({ name: 'test_spin', arguments: {} }, { signal })
    const active = async () => (await (await fetch(`${server.url}/-/agents/test`)).json()).active
    await expect.poll(active).toBe(1)
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await expect.poll(active).toBe(0)
    await client.close()
  })

  // What fails asks for tools that need more than a function has: elicitation, logs for a client. And a page of this origin is one
  // of an agent, so it needs a token here, where the suite expects that none is needed.
  it.for<[version: string, scenario: string, passed: string]>([
    ['2026-07-28', 'server-stateless', '24/28'],
    ['2026-07-28', 'tools-list', '4/4'],
    ['2026-07-28', 'tools-call-simple-text', '2/2'],
    ['2026-07-28', 'tools-call-error', '2/2'],
    ['2026-07-28', 'http-header-validation', '14/14'],
    ['2026-07-28', 'dns-rebinding-protection', '1/2'],
    ['2025-11-25', 'server-initialize', '2/2'],
    ['2025-11-25', 'ping', '2/2'],
    ['2025-11-25', 'tools-list', '3/3'],
  ])('of the conformance suite, %s: %s passes %s', async ([version, scenario, passed]) => {
    const args = ['server', '--url', `${server.url}/-/mcp`, '--scenario', scenario]
    const suite = run(process.execPath, [SUITE, ...args, '--spec-version', version])
    // It ends with 1 when a check fails.
    const { stdout } = await suite.catch((error: { stdout: string }) => error)
    expect(/^Passed: (\S+),/m.exec(stdout)?.[1]).toBe(passed)
  })
})
