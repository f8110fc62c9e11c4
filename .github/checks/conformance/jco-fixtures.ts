/**
 * Runs the components for WASI 0.3 that jco tests itself with: those of `P3_CLI_RUN_FIXTURES` and
 * `P3_HANDLER_RUN_FIXTURES` in `packages/jco-transpile/test/p3/helpers/fixtures.js` of
 * https://github.com/bytecodealliance/jco, with the arguments, the server and the answers there.
 *
 * A middleware wraps `p3-http-echo`, for which jco passes it a handler in JavaScript. One is left out: it imports
 * `local:local/chain-http` instead of the handler of the standard.
 *
 * @module
 */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { guardedFetch } from '../../../host/drivers/guarded-fetch/index.ts'
import { setTrailers } from '../../../runtime/host-module/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { firstLine, type Verdict } from './verdict.ts'

const FOLDER = 'packages/jco-transpile/test/fixtures/components/p3'
const OUTBOUND = 'http-outbound-request'
/** By folder. Each is a file such as `cli/p3-cli.wasm`. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  cli: ['cli-hello-stdout-post-return', 'cli-hello-stdout', 'cli-much-stdout', 'cli'],
  clocks: ['clocks-sleep'],
  fs: ['file-write', 'filesystem-file-read-write', 'readdir'],
  http: [
    ...['content-length', 'get', 'invalid-dnsname', 'invalid-header', 'invalid-port'],
    ...['invalid-version', 'large-post', 'missing-path-and-query', 'post', 'put'],
    ...['response-build', 'timeout', 'unknown-method', 'unsupported-scheme'],
  ].map((name) => `${OUTBOUND}-${name}`),
  random: ['random-imports'],
  sockets: [
    'ip-name-lookup',
    ...['bind', 'connect', 'listen', 'sample-application', 'sockopts', 'states', 'streams'].map(
      (name) => `tcp-${name}`,
    ),
    ...['bind', 'connect', 'receive', 'sample-application', 'send', 'sockopts', 'states'].map(
      (name) => `udp-${name}`,
    ),
  ].map((name) => `sockets-${name}`),
}
/** Where they are not the name of the file alone. */
const ARGUMENTS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  'p3-cli-much-stdout': ['p3_cli_much_stdout.component', 'hello, world\n', '1'],
  'p3-cli': ['p3_cli.component', '.'],
}
const BODY = 'And the mome raths outgrabe'
const HANDLERS: readonly {
  readonly file: string
  readonly path?: string
  readonly body: string
  /** The agent that it wraps. */
  readonly next?: string
}[] = [
  { file: 'http/p3-http-echo', body: BODY },
  { file: 'http/p3-api-proxy', body: 'hello, world!' },
  { file: 'cli/p3-cli-serve-hello-world', body: 'Hello, WASI!' },
  { file: 'http/p3-http-proxy', path: '/post', body: BODY },
  { file: 'http/p3-http-middleware', body: BODY, next: 'http/p3-http-echo' },
]
const METHODS = ['GET', 'POST', 'PUT']
const LARGE_BYTES = 67_108_864

export async function* runJcoFixtures(checkout: string, only: string): AsyncIterable<Verdict> {
  const files = Object.entries(PROGRAMS).flatMap(([folder, names]) =>
    names.map((name) => `${folder}/p3-${name}`),
  )
  for (const file of files) {
    if (!file.includes(only)) continue
    yield { group: dirname(file), test: basename(file), failure: await failureOf(checkout, file) }
  }
  for (const { file, path = '/', body, next } of HANDLERS) {
    if (!file.includes(only)) continue
    const failure = await failureOf(checkout, file, { path, body, ...(next && { next }) })
    yield { group: 'handlers', test: basename(file), failure }
  }
}

interface Exchange {
  readonly path: string
  readonly body: string
  readonly next?: string
}

async function failureOf(
  checkout: string,
  file: string,
  exchange?: Exchange,
): Promise<string | undefined> {
  const path = join(checkout, FOLDER, `${file}.wasm`)
  if (!existsSync(path)) return 'is not in the checkout'
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const length = headers['content-length']
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'x-wasmtime-test-method': method,
      'x-wasmtime-test-uri': url,
      ...(length === undefined ? {} : { 'content-length': length }),
    })
    response.flushHeaders()
    request.pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const log: string[] = []
  const runtime = new Runtime({
    drivers: { http: guardedFetch(), log: { write: ({ message }) => void log.push(message) } },
  })
  try {
    const next = exchange?.next
    if (next !== undefined) {
      const component = readFileSync(join(checkout, FOLDER, `${next}.wasm`))
      await runtime.load({ component, manifest: { name: 'next' } })
    }
    const agent = await runtime.load({
      component: readFileSync(path),
      manifest: {
        name: 'tested',
        capabilities: {
          config: { HTTP_SERVER: `127.0.0.1:${port}` },
          http: [
            { host: '127.0.0.1', scheme: 'http', port, network: 'loopback', methods: METHODS },
          ],
          files: { scratch: { maxBytes: LARGE_BYTES, at: '/' } },
          ...(next === undefined ? {} : { tools: { next: { provides: ['wasi:http/handler'] } } }),
        },
      },
    })
    if (exchange !== undefined) return await wrongAnswer(agent, exchange, `127.0.0.1:${port}`)
    const [programName, ...args] = ARGUMENTS[basename(file)] ?? [basename(file)]
    const decoder = new TextDecoder()
    const stderr = {
      room: () => LARGE_BYTES,
      wait: () => Promise.resolve(),
      write: (bytes: Uint8Array) => void log.push(decoder.decode(bytes, { stream: true })),
    }
    const { exitCode } = await agent.run({ args, programName, stderr })
    return exitCode === 0 ? undefined : firstLine(`exits with ${exitCode}: ${log.join('')}`)
  } catch (error) {
    return firstLine(log.join('') || error)
  } finally {
    await runtime.close()
    server.close()
    server.closeAllConnections()
  }
}

async function wrongAnswer(
  agent: Awaited<ReturnType<Runtime['load']>>,
  { path, body }: Exchange,
  address: string,
): Promise<string | undefined> {
  const headers = { foo: 'bar', url: `http://${address}/proxy` }
  const request = new Request(`http://localhost${path}`, { method: 'POST', headers, body: BODY })
  setTrailers(request, Promise.resolve(new Headers({ fizz: 'buzz' })))
  const response = await agent.fetch(request)
  const text = await response.text()
  return response.status === 200 && text === body ? undefined : `${response.status} ${text}`
}
