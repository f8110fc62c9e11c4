/** The audit log of a host, from outside: questions of its operator, and the log after a kill or on a full disk. @module */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuditFile, auditKey, KEY_FILE } from '../../drivers/audit-file/index.ts'
import { mayfly, serving, writeFiles, type Serving } from '../testing/mayfly-process.ts'

const SOURCE = `
  import { Response, serve } from 'mayfly/guest/assemblyscript'
  serve(() => Response.text('hello'))
`
const LAUNCHER = new URL('../mayfly.js', import.meta.url).pathname

let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-audit-cli-'))
  writeFiles(folder, {
    'hello/agent.json': { name: 'hello', source: 'agent.as.ts' },
    'hello/agent.as.ts': SOURCE,
  })
  const built = await mayfly(['build', join(folder, 'hello'), '--out', join(folder, 'hello.wasm')])
  expect(built.stderr + built.stdout).toContain('hello')
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function host(name: string, more: readonly string[] = [], command?: string[]): Promise<Serving> {
  const args = ['serve', join(folder, 'hello.wasm'), '--port', '0', '--data', join(folder, name)]
  const options = command === undefined ? {} : { command }
  return serving([...args, '--log-level', 'silent', ...more], options)
}

interface Asked {
  readonly status: number
  readonly id: string
}

/** @param given - an id of the client's own */
async function ask(url: string, given?: string): Promise<Asked> {
  const headers = given === undefined ? {} : { 'x-request-id': given }
  const response = await fetch(`${url}/hello`, { headers })
  await response.text()
  return { status: response.status, id: response.headers.get('x-request-id') ?? '' }
}

/** Request ids that have a record, by `mayfly audit show`. */
async function recorded(name: string): Promise<Set<string>> {
  const { stdout } = await mayfly(['audit', 'show', join(folder, name), '--json'])
  const lines = stdout.trim().split('\n')
  return new Set(lines.map((line) => String(JSON.parse(line).invocation)))
}

describe('mayfly audit', () => {
  it('shows, verifies, and proves a request to a reader who has only the receipt', async () => {
    const data = join(folder, 'data')
    let first: Asked
    let second: Asked
    {
      await using running = await host('data')
      // A client gave one id to two requests: each has its own records.
      first = await ask(running.url, 'chosen-by-client')
      second = await ask(running.url, 'chosen-by-client')
      await running.stop()
    }
    expect([first.status, second.status, first.id === second.id]).toEqual([200, 200, false])
    const shown = await mayfly(['audit', 'show', data, '--agent', 'hello', '--since', '5m'])
    for (const { id } of [first, second])
      expect(shown.stdout).toContain(` hello invocation completed invocation=${id} caller=http `)
    const none = await mayfly(['audit', 'show', data, '--outcome', 'trapped'])
    expect(none).toMatchObject({ code: 0, stdout: '' })
    const verified = await mayfly(['audit', 'verify', data])
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing wrong') })
    const [, key = ''] = /^signed by (\S+)$/m.exec(verified.stdout) ?? []

    const chosen = await mayfly(['run', 'receipt', 'chosen-by-client', data])
    expect(chosen).toMatchObject({ code: 2, stderr: expect.stringContaining('no signed record') })
    const receipt = await mayfly(['run', 'receipt', first.id, data])
    expect(receipt.stdout).not.toContain(second.id)
    const file = join(folder, 'receipt.json')
    writeFileSync(file, receipt.stdout)
    const genuine = await mayfly(['receipt', 'verify', file, `--key=${key}`])
    expect(genuine).toMatchObject({ code: 0, stdout: expect.stringContaining('genuine') })
    writeFileSync(file, receipt.stdout.replace('status,3:200', 'status,3:204'))
    const forged = await mayfly(['receipt', 'verify', file, `--key=${key}`])
    expect(forged).toMatchObject({ code: 1, stderr: expect.stringContaining('forged') })
    const absent = await mayfly(['audit', 'receipt', 'no-such-request', data])
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('no signed record') })

    const { stdout } = await mayfly(['audit', 'verify', data])
    const [, worker = ''] = /^(\S+-worker-1\.audit) /m.exec(stdout) ?? []
    const log = join(data, 'audit', worker)
    writeFileSync(log, readFileSync(log, 'latin1').replace('hello', 'hullo'))
    const tampered = await mayfly(['audit', 'verify', data])
    expect(tampered).toMatchObject({ code: 1, stderr: expect.stringContaining('edited') })

    for (const name of readdirSync(join(data, 'audit'))) rmSync(join(data, 'audit', name))
    const gone = await mayfly(['audit', 'verify', data])
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('agents.json" shows') })
    rmSync(join(data, 'audit'), { recursive: true })
    const away = await mayfly(['audit', 'verify', data])
    expect(away).toMatchObject({ code: 2, stderr: expect.stringContaining('its log was removed') })
    {
      await using again = await host('data')
      await again.stop()
    }
    const begun = await mayfly(['audit', 'verify', data])
    expect(begun).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/-main\.audit: removed;/),
    })
  })

  it('shows what came from outside without doing what it says', async () => {
    const data = join(folder, 'outside')
    const directory = join(data, 'audit')
    mkdirSync(directory, { recursive: true })
    const key = auditKey(join(directory, KEY_FILE))
    const file = new AuditFile({ directory, writer: 'main', host: 'h1', key })
    const evil = 'x\n2027-01-01T00:00:00.000Z forged\u001b[2J\u009b\u202e\u2028'
    file.append({ kind: 'use', agent: evil, invocation: evil, target: evil, outcome: 'denied' })
    file.close()
    // The writer of the log escapes it; an attacker who writes the file does not.
    const written = readFileSync(file.file, 'latin1')
    writeFileSync(file.file, written.replaceAll('forged', '\u001b\u009b\tabc'), 'latin1')
    const text = await mayfly(['audit', 'show', data])
    const json = await mayfly(['audit', 'show', data, '--json'])
    for (const { code, stdout } of [text, json]) {
      expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 3])
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
    }
    expect(text.stdout).toContain(String.raw`\x1b\x9b\tabc`)
    expect(JSON.parse(json.stdout.split('\n')[1] ?? '').target).toContain('\u001b\u009b\tabc')
  })

  it.each([
    [['audit']],
    [['audit', 'erase']],
    [['audit', 'show', 'no-such-directory']],
    [['audit', 'receipt']],
    [['receipt', 'verify']],
    [['run', 'hello']],
    [['control', 'kill']],
  ])('says how %j is to be written', async (args) => {
    expect((await mayfly(args)).code).toBe(2)
  })
})

describe('a host that is killed', () => {
  it('loses at most what the last twentieth of a second has recorded', async () => {
    const sent: { id: string; at: number }[] = []
    await using running = await host('killed')
    for (let index = 0; index < 300; index++) {
      const at = performance.now()
      const { id } = await ask(running.url)
      sent.push({ id, at })
    }
    const killedAt = performance.now()
    await running.stop('SIGKILL')
    const { code, stdout } = await mayfly(['audit', 'verify', join(folder, 'killed')])
    expect([code, stdout]).toEqual([0, expect.stringContaining('nothing wrong')])
    const found = await recorded('killed')
    // Twice the interval: a machine that is busy is late.
    const due = sent.filter(({ at }) => killedAt - at > 100)
    expect(due.length).toBeGreaterThan(100)
    expect(due.filter(({ id }) => !found.has(id))).toEqual([])
  })
})

describe('a host whose disk is full', () => {
  const command = [
    'bash',
    '-c',
    // In blocks of 1024 bytes: a file that grows further cannot be written.
    `ulimit -f 128; exec "$@"`,
    'bash',
    process.execPath,
    LAUNCHER,
  ]

  it('refuses requests when the log is required, and has a record of those it answered', async () => {
    const answered: string[] = []
    await using running = await host('full', ['--audit', 'required', '--workers', '1'], command)
    let status = 200
    for (let index = 0; index < 3000 && status === 200; index++) {
      const asked = await ask(running.url)
      status = asked.status
      if (status === 200) answered.push(asked.id)
    }
    expect(status).toBe(503)
    expect((await ask(running.url)).status).toBe(503)
    expect(answered.length).toBeGreaterThan(50)
    const { code } = await mayfly(['audit', 'verify', join(folder, 'full')])
    expect(code).toBe(0)
    const found = await recorded('full')
    // Records of the batch that found the disk full wait for room, and are lost if the host is killed now.
    const missing = answered.filter((id) => !found.has(id))
    expect(missing).toEqual(answered.slice(answered.length - missing.length))
    expect(missing.length).toBeLessThan(200)
  })

  it('answers on when it is not', async () => {
    await using running = await host('full-optional', ['--workers', '1'], command)
    for (let index = 0; index < 600; index++) {
      expect((await ask(running.url)).status).toBe(200)
    }
  })
})

describe('a host that keeps a part of its log', () => {
  it('removes the oldest files when it starts, and the rest verifies', async () => {
    const ids: string[] = []
    const small = ['--audit-segment-bytes', '16384', '--workers', '1']
    {
      await using first = await host('kept', small)
      for (let index = 0; index < 400; index++) ids.push((await ask(first.url)).id)
      await first.stop()
    }
    const before = (await recorded('kept')).size
    {
      await using second = await host('kept', [...small, '--audit-max-bytes', '65536'])
      await second.stop()
    }
    const { code, stdout } = await mayfly(['audit', 'verify', join(folder, 'kept')])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\d older files removed by the host/)])
    const found = await recorded('kept')
    expect(found).toContain(ids.at(-1))
    expect(found).not.toContain(ids[0])
    expect(found.size).toBeLessThan(before / 2)
  })

  it('says what a size is', async () => {
    const { code, stderr } = await mayfly(['serve', 'x.wasm', '--audit-max-bytes', '1G'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('Cannot use audit-max-bytes "1G"')])
  })
})
