/** Variables of files, through the verbs that read them. @module */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly, serving, writeFiles } from './testing/mayfly-process.ts'

const AGENT = `
  export default {
    async fetch(request, env) {
      const { A, B } = env.config
      const seen = { A, B, all: Object.keys(env.config.all()) }
      try {
        const key = await env.secrets.key('KEY')
        const mac = await crypto.subtle.sign('HMAC', key, new Uint8Array([1]))
        seen.mac = Array.from(new Uint8Array(mac).slice(0, 4))
      } catch (error) {
        seen.error = error.name
      }
      return Response.json(seen)
    },
  }
`
const SECRET = 'hunter22-hunter22'

let folder = ''
let mac: number[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-env-files-'))
  const capabilities = {
    config: { A: { env: 'VARIABLE_A' }, B: { env: 'VARIABLE_B' } },
    secrets: { KEY: { use: ['hmac-sha256'] } },
  }
  writeFiles(folder, {
    'agents/shop/agent.json': { name: 'shop', source: 'agent.js', capabilities },
    'agents/shop/agent.js': AGENT,
    '.env': `VARIABLE_A=folder\nVARIABLE_B=folder\nUNNAMED=x\nMAYFLY_SECRET_KEY=${SECRET}\n`,
    'agents/shop/.env.local': 'VARIABLE_B="of the # agent"\n',
    'named.env': `VARIABLE_A=named\nVARIABLE_B=named\nMAYFLY_SECRET_KEY=${SECRET}\n`,
  })
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(SECRET)
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  mac = [...new Uint8Array(await crypto.subtle.sign('HMAC', key, new Uint8Array([1]))).slice(0, 4)]
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function call(args: string[], env: Record<string, string> = {}) {
  return mayfly(['call', 'agents/shop', ...args], { cwd: folder, env })
}

function seen(A: string, B: string): object {
  return { A, B, all: ['A', 'B'], mac }
}

describe('mayfly call', () => {
  it('reads this folder, then that of the agent, and gives the guest what it names', async () => {
    const { stdout, stderr } = await call([])
    expect(stderr).not.toContain(SECRET)
    expect(JSON.parse(stdout)).toEqual(seen('folder', 'of the # agent'))
  })

  it('lets --env-file win over both, and the environment over all', async () => {
    const { stdout } = await call(['--env-file', 'named.env'], { VARIABLE_B: 'process' })
    expect(JSON.parse(stdout)).toEqual(seen('named', 'process'))
  })

  it('fails for a file that is not there, by its name', async () => {
    const { code, stderr } = await call(['--env-file', 'absent.env'])
    // Node looks for the file before it starts a script, and ends with 9.
    expect([2, 9]).toContain(code)
    expect(stderr).toMatch(/absent\.env.*(?:no such file|not found)/)
  })

  it('says file and line of what it cannot read, and not what it reads', async () => {
    writeFileSync(join(folder, 'bad.env'), `A=1\n${SECRET}\n`)
    const { code, stderr } = await call(['--env-file', 'bad.env'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('"bad.env", line 2: not a variable'),
    ])
    expect(stderr).not.toContain(SECRET)
  })
})

/** What the agent answers where `args` serve it. */
async function served(args: string[]): Promise<unknown> {
  await using host = await serving([...args, '--port', '0', '--workers', '1'], { cwd: folder })
  return (await fetch(`${host.url}/shop/`)).json()
}

describe('a host', () => {
  it('of mayfly dev has the folder and the agent', async () => {
    expect(await served(['dev', 'agents/shop'])).toEqual(seen('folder', 'of the # agent'))
  })

  it('of mayfly start has the folder alone', async () => {
    expect(await served(['start', 'agents'])).toEqual(seen('folder', 'folder'))
  })

  it('of mayfly serve has named files alone', async () => {
    const args = ['serve', 'agents/shop', '--port', '0']
    const without = await mayfly(args, { cwd: folder })
    expect(without).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('environment variable VARIABLE_A is not set'),
    })
    expect(await served([...args, '--env-file', 'named.env'])).toEqual(seen('named', 'named'))
  })
})
