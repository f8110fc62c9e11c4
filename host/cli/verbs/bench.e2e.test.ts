/** `mayfly bench` against a server of this process. @module */
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ParsedArguments } from '../verb.ts'
import { verb } from './bench.ts'

const LAUNCHER = fileURLToPath(new URL('../mayfly.js', import.meta.url))
const ANSWER_MS = 10

let server: Server
let url = ''
let asked = 0

beforeAll(async () => {
  server = createServer((_, response) => {
    asked++
    // So that a second of it costs little.
    setTimeout(() => response.end('hello'), ANSWER_MS)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => void (asked = 0))

async function bench(
  values: ParsedArguments['values'],
  positionals: readonly string[] = [url],
): Promise<{ readonly code: number; readonly text: string }> {
  let text = ''
  const print = vi.spyOn(console, 'log').mockImplementation((line) => void (text += `${line}\n`))
  try {
    const code = await verb.run({ positionals, values: { seconds: '1', ...values } })
    return { code, text }
  } finally {
    print.mockRestore()
  }
}

describe('mayfly bench', () => {
  it('prints requests, times, statuses and bytes', async () => {
    const { code, text } = await bench({ connections: '3' })
    expect(code).toBe(0)
    expect(text).toMatch(
      new RegExp(
        [
          `^GET ${url} · 3 connections · 1\\.\\d s\n`,
          'requests {2}\\d+, \\d+ a second',
          'times {5}p50 [\\d.]+ ms · p90 [\\d.]+ ms · p99 [\\d.]+ ms · max [\\d.]+ ms',
          'statuses {2}200: \\d+',
          'bytes {5}[\\d.]+ [KM]B received · [\\d.]+ [KM]B sent\n$',
        ].join('\n'),
      ),
    )
  })

  it('prints one JSON object', async () => {
    const { text } = await bench({ json: true, data: 'x', header: ['x-a: 1'] })
    const report = JSON.parse(text) as { requests: number; statuses: object }
    expect(report).toMatchObject({
      ...{ method: 'POST', url, connections: 10, errors: {} },
      milliseconds: { p50: expect.any(Number), p90: expect.any(Number), p99: expect.any(Number) },
      bytes: { received: expect.any(Number), sent: expect.any(Number) },
    })
    expect(report.statuses).toEqual({ 200: report.requests })
  })

  it('fails when nothing was answered, and says why', async () => {
    const { code, text } = await bench({ seconds: '0.3' }, ['http://127.0.0.1:1/'])
    expect([code, text]).toEqual([1, expect.stringContaining('errors    ECONNREFUSED: ')])
  })

  it.each<[ParsedArguments['values'], string[], string]>([
    [{}, [], 'no URL given'],
    [{}, ['http://a.test/', 'b'], 'it takes one URL'],
    [{}, ['localhost:8787'], 'not a URL of HTTP'],
    [{}, ['http://me:secret@a.test/'], 'it is not sent'],
    [{ connections: '0' }, ['http://a.test/'], 'not a number from 1 to 10000'],
    [{ connections: '1.5' }, ['http://a.test/'], 'not a number from 1 to 10000'],
    [{ seconds: 'x' }, ['http://a.test/'], 'not a number from 0.01 to 86400'],
    [{ header: ['no header'] }, ['http://a.test/'], 'Cannot use header ""'],
    [{ data: '@/not/there' }, ['http://a.test/'], 'no such file'],
  ])('refuses %j %j', async (values, positionals, message) => {
    await expect(bench(values, positionals)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining(message),
    })
  })

  it('prints what was measured at Ctrl-C', async () => {
    const args = [LAUNCHER, 'bench', url, '--seconds', '600', '--json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      await vi.waitFor(() => expect(asked).toBeGreaterThan(20), { timeout: 30_000, interval: 10 })
      child.kill('SIGINT')
      expect(await ended).toBe(0)
      const { requests, seconds } = JSON.parse(output) as { requests: number; seconds: number }
      expect([requests > 10, seconds < 60]).toEqual([true, true])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
