/**
 * Every command shows text of clients, agents and files so that no terminal acts on it: no line of theirs looks like
 * one of ours, and nothing moves the cursor or reverses text.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Ended } from './testing/mayfly-process.ts'

const EVIL = '\nmayfly: FORGED\u001b[2J\u009b\u202e\u2028\t'
const AGENT = `
  const evil = ${JSON.stringify(EVIL)}
  export default {
    fetch(request, env) {
      env.log.info('said' + evil)
      if (request.url.endsWith('/throw')) throw new Error('thrown' + evil)
      return new Response('answered' + evil)
    },
  }
`

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-outside-text-'))
  writeFiles(folder, {
    'good/agent.json': { name: 'good', source: 'agent.js' },
    'good/agent.js': AGENT,
    'rules/agent.json': {
      name: 'rules',
      component: 'none.wasm',
      capabilities: { http: [{ host: 'a.test', paths: [`/${EVIL}`] }] },
    },
    'broken/agent.json': { name: 'broken', source: 'agent.js' },
    'broken/agent.js': `export default { // \u001b[2J\u202e\n} }`,
    'unknown/agent.json': { name: 'unknown', component: 'none.wasm', [`key${EVIL}`]: 1 },
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Expects that the output has no characters that a terminal acts on, and no forged line. */
function expectShown({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): void {
  const lines = (stdout + stderr).split('\n')
  expect(lines.filter((line) => line.startsWith('mayfly: FORGED'))).toEqual([])
  expect(lines.join('').replaceAll('\t', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
}

describe('the log of a host', () => {
  it('is JSON a line, and says what clients and agents said', async () => {
    await using host = await serving(['serve', join(folder, 'good'), '--port', '0'])
    const path = `/nope${EVIL}`
    const init = { headers: { 'x-request-id': 'of-the-client' } }
    await fetch(host.url + encodeURI(path), init)
    await fetch(`${host.url}/good`, init)
    await fetch(`${host.url}/good/throw`, init)
    const lines = await vi.waitUntil(() => {
      const found = host
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
      return found.filter((line) => line.includes('"request"')).length === 3 && found
    })
    expectShown({ stdout: lines.join('\n'), stderr: '' })
    const records = lines.map((line) => JSON.parse(line))
    expect(records).toContainEqual(expect.objectContaining({ event: 'request', path }))
    expect(records).toContainEqual(expect.objectContaining({ event: 'agent', msg: `said${EVIL}` }))
    expect(records).toContainEqual(
      expect.objectContaining({
        event: 'invocation',
        msg: expect.stringContaining('thrown\nmayfly: FORGED\u001b[2J'),
      }),
    )
  })
})

describe('mayfly', () => {
  it.each([
    ['call', 'good', '/'],
    ['call', 'good', '/', '--json'],
    ['call', 'good', '/throw'],
    ['build', 'broken'],
    ['build', 'broken', 'unknown'],
    ['serve', 'unknown'],
    ['policy', 'explain', 'rules', 'GET', 'https://a.test/'],
    ['policy', 'explain', 'rules', 'GET', 'https://a.test/', '--json'],
    ['policy', 'explain', 'rules', 'GET', `https://a.test/${EVIL}`],
  ])('%s %s shows what it found', async (...args) => {
    const { stdout, stderr } = await mayfly(args, { cwd: folder })
    // The body of a response goes into a pipe as it is.
    const isBody = args[0] === 'call' && !args.includes('--json')
    expectShown({ stdout: isBody ? '' : stdout, stderr })
    expect(stdout + stderr).toMatch(/FORGED|broken|404/)
    if (isBody && !args.includes('/throw')) expect(stdout).toBe(`answered${EVIL}`)
    if (args.includes('--json')) expect(() => JSON.parse(stdout)).not.toThrow()
  })
})
