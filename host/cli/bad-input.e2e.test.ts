/** Errors in the input of a person or a client: reported once, clearly, with an exit code or a status. @module */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../toolchain/index.ts'
import { mayfly, serving, writeFiles, type Ended, type Serving } from './testing/mayfly-process.ts'

const VERBS = ['new', 'dev', 'build', 'call', 'serve', 'start', 'inspect']
const CORE_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
const STRANGER = `
  (component
    (import "acme:things/thing@1.0.0" (instance $thing (export "go" (func))))
    (core func $go (canon lower (func $thing "go")))
    (core module $module (import "" "go" (func)) (func (export "run") call 0))
    (core instance $core (instantiate $module (with "" (instance (export "go" (func $go))))))
    (func (export "run") (canon lift (core func $core "run"))))
`
// Takes from this Node the features that an old Node lacks, and gives it an old version.
const OLD_NODE = '22.23.3'
const AS_OLD_NODE = [
  '--import',
  `data:text/javascript,delete WebAssembly.Suspending; Object.defineProperty(process, 'versions', { value: { node: '${OLD_NODE}' } })`,
]
const LAUNCHER = fileURLToPath(new URL('./mayfly.js', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url))

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-bad-input-'))
  writeFiles(folder, {
    'good/agent.json': { name: 'good', source: 'agent.ts', limits: { requestBodyBytes: 1000 } },
    'good/agent.ts': `export default { fetch: async (r) => new Response('got ' + (await r.text())) }`,
    'syntax/agent.json': { name: 'syntax', source: 'agent.ts' },
    'syntax/agent.ts': 'export default {\n  fetch( { return 1 }\n}\n',
    'core.wasm': CORE_MODULE,
    'stranger.wasm': await parse(STRANGER),
    'text.wasm': 'hello',
    'empty.wasm': '',
  })
  const { component: bytes } = await buildAgent({ directory: join(folder, 'good') })
  writeFileSync(join(folder, 'cut.wasm'), bytes.subarray(0, bytes.length / 2))
  const broken = ['core', 'stranger', 'text', 'empty', 'cut'].map((name) => `${name}.wasm`)
  host = await serving(['serve', ...broken, 'syntax', 'good', '--port', '0'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function run(...args: string[]): Promise<Ended> {
  return mayfly(args, { cwd: folder })
}

/** Sends bytes as they are and returns all that comes back. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(host.url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.end(request))
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.once('end', () => resolve(answer))
    socket.once('error', reject)
  })
}

const REFUSED: readonly [file: string, what: RegExp, remedy: RegExp][] = [
  ['core.wasm', /Cannot read component: the file is a core module/, /jco new/],
  ['stranger.wasm', /acme:things\/thing@1\.0\.0/, /./],
  ['text.wasm', /Cannot read component: the file is text/, /mayfly build/],
  ['empty.wasm', /Cannot read component: the file is empty/, /Build the agent again/],
  ['cut.wasm', /Cannot read component: unexpected end at byte \d+/, /cut short/],
]

describe('a component that cannot be loaded', () => {
  it.each(REFUSED)('%s is refused with what it is and what to do', async (file, what, remedy) => {
    const { code, stderr } = await run('serve', file, '--port', '0', '--log-level', 'silent')
    const [first = '', second = ''] = stderr.split('\n')
    expect([code, first, second]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^mayfly: .*${what.source}`)),
      expect.stringMatching(new RegExp(`^  .*${remedy.source}`)),
    ])
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('does not keep the others from being served', async () => {
    for (const [file, what] of REFUSED) {
      const name = file.replace('.wasm', '')
      expect(host.output()).toMatch(new RegExp(`agent "${name}" is left out: .*${what.source}`))
    }
    expect(host.output()).toMatch(/syntax\/agent\.ts:2/)
    expect(host.output()).toContain('Mayfly serves 1 agent at')
    expect(await (await fetch(`${host.url}/good/`)).text()).toBe('got ')
  })

  it.each(['call', 'inspect'])('is refused by mayfly %s as well', async (verb) => {
    const { code, stderr } = await run(verb, 'core.wasm')
    expect([code, stderr]).toEqual([1, expect.stringContaining('the file is a core module')])
  })
})

describe('a request that asks too much', () => {
  it('is answered 413 when its body is over the limit, declared or not', async () => {
    const url = `${host.url}/good/`
    const body = 'x'.repeat(1001)
    expect((await fetch(url, { method: 'POST', body: body.slice(1) })).status).toBe(200)
    const declared = await fetch(url, { method: 'POST', body })
    expect([declared.status, await declared.json()]).toEqual([
      413,
      { error: 'request body too large', requestId: declared.headers.get('x-request-id') },
    ])
    const stream = new Blob([body]).stream()
    const chunked = await fetch(url, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
  })

  it.each([
    ['a header without a colon', 'GET /good/ HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n'],
    ['a header name with a space', 'GET /good/ HTTP/1.1\r\nHost: a\r\na b: c\r\n\r\n'],
    ['no host', 'GET /good/ HTTP/1.1\r\n\r\n'],
    ['a length that is no number', 'POST /good/ HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n'],
    ['no request at all', 'nonsense\r\n\r\n'],
  ])('is answered 400 for %s', async (_, request) => {
    expect(await raw(request)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  it('is answered 404 for an unknown agent, and 404 and 405 under /-/', async () => {
    const absent = await fetch(`${host.url}/absent/`)
    expect([absent.status, await absent.json()]).toEqual([
      404,
      { error: 'no agent answers /absent/', requestId: absent.headers.get('x-request-id') },
    ])
    expect((await fetch(`${host.url}/-/absent`)).status).toBe(404)
    for (const [path, allow] of [
      ['/-/health', 'GET, HEAD'],
      ['/-/agents', 'GET, HEAD, POST'],
    ]) {
      const refused = await fetch(host.url + path, { method: 'DELETE' })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow])
    }
  })
})

describe('an agent.json that is broken', () => {
  it('is refused with every problem, its place and what was expected', async () => {
    const lines = [
      '{',
      '  "name": "Bad Name",',
      '  "sorce": "agent.ts",',
      '  "limits": { "deadlineMs": "soon" },',
      '  "capabilities": { "kv": { "x": { "access": "all" } } },',
      '}',
    ]
    writeFiles(folder, { 'broken/agent.json': lines.join('\n') })
    for (const verb of ['build', 'serve', 'call']) {
      const { code, stderr } = await run(verb, 'broken')
      expect([verb, code]).toEqual([verb, 1])
      expect(stderr.replace(/ \(known: .*\)/, '')).toBe(
        [
          'mayfly: Cannot read manifest "broken/agent.json": 5 problems',
          '  broken/agent.json:1:1: expected "source" or "component", got neither',
          '  broken/agent.json:2:11: name: expected a kebab-case name such as "hello-world", got "Bad Name"',
          '  broken/agent.json:3:3: sorce: expected a known key, got "sorce", did you mean "source"',
          '  broken/agent.json:4:29: limits.deadlineMs: expected a number of milliseconds between 1 and 3600000, got "soon"',
          '  broken/agent.json:5:46: capabilities.kv.x.access: expected "read" or "write", got "all"',
          '',
        ].join('\n'),
      )
    }
  })
})

describe('a host that cannot start', () => {
  it('says that its port is in use', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = String(typeof address === 'object' && address !== null ? address.port : 0)
    const { code, stderr } = await run('serve', 'good', '--port', port)
    taken.close()
    expect([code, stderr]).toEqual([
      1,
      `mayfly: Cannot listen on 127.0.0.1:${port}: the port is in use\n  Choose another with --port and --host, or PORT and HOST\n`,
    ])
  })

  it.each([
    ['good/agent.ts', 'a part of the path is a file'],
    ['good/agent.ts/below', 'a part of the path is a file'],
    ['/proc/mayfly/data', 'no folder can be made there'],
  ])('says that its data directory %s cannot be written', async (directory, reason) => {
    const { code, stderr } = await run('serve', 'good', '--port', '0', '--data', directory)
    expect([code, stderr]).toEqual([
      1,
      `mayfly: Cannot write to data directory "${directory}": ${reason}\n  Choose another with --data, or make it writable for this user\n`,
    ])
  })

  it('says in one line that Node is too old', async () => {
    // Outside of every package that could bring a newer one.
    const files = { 'package.json': PACKAGE, 'host/cli/mayfly.js': LAUNCHER }
    for (const [name, from] of Object.entries(files)) {
      writeFiles(folder, { [`old/${name}`]: readFileSync(from, 'utf8') })
    }
    const launcher = join(folder, 'old', 'host', 'cli', 'mayfly.js')
    const command = [process.execPath, ...AS_OLD_NODE, launcher]
    expect(await mayfly(['serve', 'good'], { cwd: folder, command })).toEqual({
      code: 2,
      stdout: '',
      stderr: `mayfly: Cannot run on Node ${OLD_NODE}: Node 24 or newer is needed (npm install --save-dev node@26)\n`,
    })
  })

  it('takes the Node that the package brings when its own is too old', async () => {
    const command = [process.execPath, ...AS_OLD_NODE, LAUNCHER]
    const { code, stdout } = await mayfly(['call', 'good', '-d', 'it'], { cwd: folder, command })
    expect([code, stdout]).toEqual([0, 'got it'])
  })
})

describe('mayfly', () => {
  it.each(VERBS)('%s --help says how it is used', async (verb) => {
    const { code, stdout, stderr } = await run(verb, '--help')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: mayfly ${verb}`)
  })
})
