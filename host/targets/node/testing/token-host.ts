/**
 * A host with an agent of a team and another, for tests of what the holder of a token may do.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import {
  controlSocket,
  revisionOf,
  startServer,
  type AgentBundle,
  type MayflyServer,
  type ServerOptions,
} from '../index.ts'
import { ask, component, type Answer, type AskOptions } from './components.ts'

export const ALL_ACTIONS = ['read', 'call', 'deploy', 'operate', 'approve'] as const

export interface TokenHost {
  readonly server: MayflyServer
  /** The data directory. */
  readonly data: string
  /** `team-a-shop`, which tokens are for. */
  readonly own: AgentBundle
  /** `other`, which they are not for. */
  readonly other: AgentBundle
  /** Asks as the user of the host. */
  local(path: string, options?: AskOptions): Promise<Answer>
  /** Makes a token for the agents of the team, for all actions, and returns its text. */
  token(scope?: object, name?: string): Promise<string>
  /** Ends the host, does `between`, and starts it again over its data. */
  restart(options?: Partial<ServerOptions>, between?: () => void): Promise<void>
}

/** Serves for the tests of a file: starts before the first, ends after the last. */
export function tokenHost(): TokenHost {
  let directory = ''
  let server: MayflyServer
  let own: AgentBundle
  let other: AgentBundle
  let made = 0
  const data = (): string => join(directory, 'data')

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-tokens-'))
    own = await version('team-a-shop')
    other = await version('other')
    await start()
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const host: TokenHost = {
    get server() {
      return server
    },
    get data() {
      return data()
    },
    get own() {
      return own
    },
    get other() {
      return other
    },
    local: (path, options = {}) =>
      ask(`http://localhost${path}`, { socketPath: controlSocket(data()) ?? '', ...options }),
    async token(scope = {}, name = `t${++made}`) {
      const team = { agents: ['team-a-*'], routes: ['/team-a-*'], tenant: 'team-a' }
      const body = JSON.stringify({ name, can: ALL_ACTIONS, ...team, ...scope })
      const answer = await host.local('/-/tokens', { method: 'POST', body })
      expect([answer.status, answer.body]).toMatchObject([201, { name }])
      return (answer.body as { token: string }).token
    },
    async restart(options, between) {
      await server.close()
      between?.()
      await start(options)
    },
  }
  return host

  async function start(options: Partial<ServerOptions> = {}): Promise<void> {
    server = await startServer({
      agents: [own, other],
      port: 0,
      controlPort: 0,
      workers: 2,
      dataDirectory: data(),
      logLevel: 'silent',
      ...options,
    })
  }
}

/** @param n - versions with different numbers have different components */
export async function version(name: string, fields: object = {}, n = 0): Promise<AgentBundle> {
  const code = `(i32.add (local.get 0) (i32.const ${n}))`
  const bytes = new Uint8Array(await component({ run: code }))
  const manifest = manifestFromObject({ name, component: 'agent.wasm', ...fields })
  return { manifest, component: bytes, revision: revisionOf(manifest, bytes) }
}
