/** Only the user of a host can read the files it writes, for any mask of the shell that starts it. @module */

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const AGENT = `
  export default {
    async fetch(request, env) {
      return new Response(String(await env.kv.open('notes').increment('n')))
    },
  }
`
const LAUNCHER = fileURLToPath(new URL('./mayfly.js', import.meta.url))
// A shell with a mask that removes no permission.
const command = ['sh', '-c', 'umask 0; exec "$0" "$@"', process.execPath, LAUNCHER]

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-private-data-'))
  for (const name of ['shop', 'late']) {
    writeFiles(join(folder, name), {
      'agent.json': {
        name,
        source: 'agent.js',
        capabilities: { kv: { notes: { access: 'write' } } },
      },
      'agent.js': AGENT,
    })
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function host(data: string): Promise<Serving> {
  const args = ['serve', join(folder, 'shop'), '--port', '0', '--workers', '1', '--data', data]
  return serving(args, { command, cwd: folder })
}

async function count(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text()
}

/** Returns the directory and all paths in it, with the permissions of other users. */
function openTo(directory: string): { paths: string[]; others: string[] } {
  const names = readdirSync(directory, { recursive: true }).map(String)
  const paths = [directory, ...names.map((name) => join(directory, name))]
  const others = paths.filter((path) => (lstatSync(path).mode & 0o077) !== 0)
  return { paths: paths.map((path) => relative(directory, path)), others }
}

describe('the data directory of a host', () => {
  it('is for its user only, with all that is in it, while the host runs and after', async () => {
    const data = join(folder, 'data')
    {
      await using running = await host(data)
      expect(await count(`${running.url}/shop`)).toBe('1')
      const deployed = await mayfly(['control', 'deploy', join(folder, 'late'), '--data', data])
      expect(deployed).toMatchObject({ code: 0 })
      expect(await count(`${running.url}/late`)).toBe('1')
      const { paths, others } = openTo(data)
      expect(others).toEqual([])
      const all = paths.join('\n')
      for (const name of [
        /^agents\.json$/m,
        /^control\.sock$/m,
        /^shop\.kv\.sqlite$/m,
        /^shop\.kv\.sqlite-wal$/m,
        /^shop\.kv\.sqlite-shm$/m,
        /^late\.kv\.sqlite-wal$/m,
        /^audit\/audit\.key$/m,
        /^audit\/.*-worker-1\.audit\.head$/m,
        /^code\/.*\.code$/m,
        /^deployed\/late\..*\.wasm$/m,
      ]) {
        expect(all).toMatch(name)
      }
      expect(await running.stop()).toBe(0)
    }
    expect(openTo(data).others).toEqual([])
  })

  it('is closed when one of before was open, and the log says so', async () => {
    const data = join(folder, 'open')
    mkdirSync(data)
    writeFileSync(join(data, 'shop.kv.sqlite'), '')
    chmodSync(data, 0o755)
    chmodSync(join(data, 'shop.kv.sqlite'), 0o644)
    await using running = await host(data)
    expect(await count(`${running.url}/shop`)).toBe('1')
    expect(openTo(data).others).toEqual([])
    expect(running.output()).toContain(`Closed to other users of this machine: ${data}"`)
    expect(running.output()).toContain(join(data, 'shop.kv.sqlite'))
  })

  it('is refused when it is open and holds other things', async () => {
    chmodSync(folder, 0o755)
    const args = ['serve', join(folder, 'shop'), '--port', '0', '--data', folder]
    const { code, stderr } = await mayfly(args, { command, cwd: folder })
    expect([code, stderr.split('\n')]).toEqual([
      1,
      [
        expect.stringMatching(/^mayfly: Cannot keep data in ".*": other users .*\(mode 755\)/),
        `  Give a directory for it alone, such as --data "${join(folder, 'mayfly')}", or run: chmod 700 "${folder}"`,
        '',
      ],
    ])
    expect(lstatSync(folder).mode & 0o777).toBe(0o755)
  })
})
