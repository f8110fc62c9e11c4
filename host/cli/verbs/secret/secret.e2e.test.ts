/** Secrets from a prompt and a pipe to agents of other verbs, as processes. @module */
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, writeFiles } from '../../testing/mayfly-process.ts'

const LAUNCHER = fileURLToPath(new URL('../../mayfly.js', import.meta.url))
const SCRIPT = '/usr/bin/script'
const VALUE = 'hunter22-hunter22'
const WAIT = { timeout: 30_000, interval: 20 }

let folder = ''

beforeAll(() => {
  const manifest = {
    name: 'signer',
    source: 'agent.js',
    capabilities: { secrets: { KEY: { use: ['hmac-sha256'] } } },
  }
  folder = writeFiles(mkdtempSync(join(tmpdir(), 'mayfly-secret-')), {
    'signer/agent.json': manifest,
    'signer/agent.js': `
      export default {
        async fetch(request, env) {
          const key = await env.secrets.key('KEY')
          const mac = await crypto.subtle.sign('HMAC', key, new Uint8Array([1]))
          return new Response(new Uint8Array(mac).toHex())
        },
      }`,
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function by(secret: string): string {
  return createHmac('sha256', secret)
    .update(new Uint8Array([1]))
    .digest('hex')
}

describe('a secret that is piped in', () => {
  it('is found by call and run, after the environment and files', async () => {
    const child = spawn(process.execPath, [LAUNCHER, 'secret', 'set', 'KEY'], { cwd: folder })
    child.stdin.end(`${VALUE}\n`)
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
    const cwd = folder
    const env = { MAYFLY_SECRET_KEY: 'of the environment' }
    const [called, run, before] = await Promise.all([
      mayfly(['call', 'signer'], { cwd }),
      mayfly(['run', '--host-data', '.mayfly/data', 'signer'], { cwd }),
      mayfly(['call', 'signer'], { cwd, env }),
    ])
    expect(called).toMatchObject({ code: 0, stdout: by(VALUE) })
    expect(run).toMatchObject({ code: 0, stdout: by(VALUE) })
    expect(before).toMatchObject({ code: 0, stdout: by('of the environment') })
    const other = await mayfly(['call', 'signer', '--host-data', 'elsewhere'], { cwd })
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('or: mayfly secret set KEY'),
    })
  }, 60_000)
})

describe.runIf(existsSync(SCRIPT))(`the prompt, with ${SCRIPT}`, () => {
  it('does not show what is typed, takes mistakes back, and leaves the terminal as it was', async () => {
    const command = `"${process.execPath}" "${LAUNCHER}" secret set TYPED; stty -a; cat`
    const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], { cwd: folder })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    const shown = (text: string | RegExp): Promise<void> =>
      vi.waitFor(() => expect(output).toMatch(text), WAIT)
    try {
      await shown('Value of TYPED (not shown): ')
      child.stdin.write('wrong\u0015')
      child.stdin.write(`${VALUE}x\u007F\r`)
      await shown('Set "TYPED" for all agents, version 1')
      await shown(/[ ;]icanon/)
      expect(output).not.toContain('hunter')
      expect(output).toMatch(/[ ;]echo /)
    } finally {
      child.kill('SIGKILL')
    }
    const { SecretStore } = await import('../../../drivers/secrets/index.ts')
    const store = new SecretStore({ directory: join(folder, '.mayfly/data') })
    expect(await store.get('TYPED', 'any')).toEqual({ value: VALUE })
  }, 60_000)
})
