/** A host that speaks TLS: its certificate, another one, and clients that speak something else. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { ANSWER, END, HELLO, RESPONSE, service } from '../../../runtime/wasi/testing/service.ts'
import { startServer, type MayflyServer } from './index.ts'
import { message, statusOf, Wire } from './testing/wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-tls-'))
const file = (name: string): string => join(folder, name)
const tls = { cert: file('cert.pem'), key: file('key.pem') }
let server: MayflyServer

const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0

beforeAll(async () => {
  if (!HAS_OPENSSL) return
  for (const name of ['one', 'two']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.cert`)]
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'ignore' })
  }
  use('one')
  const component = new Uint8Array(await service(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`))
  const agents = [{ manifest: manifestFromObject({ name: 'hello' }), component, revision: '1' }]
  const http = { maxConnections: 20, headersTimeoutMs: 400 }
  server = await startServer({ agents, port: 0, workers: 1, logLevel: 'silent', tls, http })
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

function use(name: string): void {
  copyFileSync(file(`${name}.cert`), tls.cert)
  copyFileSync(file(`${name}.key`), tls.key)
}

async function ask(path: string, ca = 'one'): Promise<[status: number | undefined, body: string]> {
  const agent = new Agent({ ca: readFileSync(file(`${ca}.cert`)) })
  return new Promise((resolve, reject) => {
    get(server.url + path, { agent }, async (response) =>
      resolve([response.statusCode, await text(response)]),
    ).on('error', reject)
  })
}

describe.runIf(HAS_OPENSSL)('startServer() with a certificate (with openssl)', () => {
  it('speaks TLS, agents and control plane', async () => {
    expect(server.url).toMatch(/^https:/)
    expect((await ask('/hello'))[0]).toBe(200)
    expect((await ask('/-/health'))[0]).toBe(200)
    await expect(ask('/hello', 'two')).rejects.toThrow()
  })

  it('tells a client that speaks plain HTTP', async () => {
    using wire = new Wire(server.url)
    wire.send(message('GET', '/hello', []))
    const answer = await wire.closed()
    expect(statusOf(answer)).toBe(400)
    expect(answer).toContain('this port speaks TLS: ask https://')
  })

  it.each(['', '\x16', '\x16\x03\x01', '\x00', '\x16\x03\x01\x02\x00garbage'.repeat(20)])(
    'closes on a client that sends %j and nothing more',
    async (bytes) => {
      using wire = new Wire(server.url)
      wire.send(bytes)
      await wire.closed(5_000)
      expect((await ask('/hello'))[0]).toBe(200)
    },
  )

  it('closes on one connection too many, and serves again', async () => {
    const { port } = new URL(server.url)
    const open = Array.from({ length: 25 }, () => connectPlain(Number(port), '127.0.0.1'))
    const closed: unknown[] = []
    for (const socket of open)
      socket.on('error', () => {}).on('close', () => void closed.push(socket))
    await vi.waitFor(() => expect(closed.length).toBeGreaterThanOrEqual(5))
    for (const socket of open) socket.destroy()
    await vi.waitFor(async () => expect((await ask('/hello'))[0]).toBe(200))
  })

  it('offers HTTP/1.1, and no old version of TLS', async () => {
    const { port } = new URL(server.url)
    const options = { port: Number(port), host: '127.0.0.1', rejectUnauthorized: false }
    const offered = ['h2', 'http/1.1']
    const protocol = await new Promise((resolve, reject) => {
      const socket = connect({ ...options, ALPNProtocols: offered }, () => {
        resolve([socket.alpnProtocol, socket.getProtocol()])
        socket.destroy()
      }).on('error', reject)
    })
    expect(protocol).toEqual(['http/1.1', 'TLSv1.3'])
    const old = new Promise((resolve, reject) => {
      const bounds = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
      connect({ ...options, ...bounds, ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve('old')).on(
        'error',
        reject,
      )
    })
    await expect(old).rejects.toThrow()
  })

  it('takes another certificate at SIGHUP, and keeps the one before where that is none', async () => {
    use('two')
    process.emit('SIGHUP')
    await vi.waitFor(async () => expect((await ask('/hello', 'two'))[0]).toBe(200))
    writeFileSync(tls.key, readFileSync(file('one.key')))
    process.emit('SIGHUP')
    expect((await ask('/hello', 'two'))[0]).toBe(200)
    writeFileSync(tls.cert, 'no certificate')
    process.emit('SIGHUP')
    expect((await ask('/hello', 'two'))[0]).toBe(200)
  })

  it.each([
    ['absent', 'cannot be read'],
    ['key.pem', 'no certificate with its key'],
  ])('does not start with %s', async (cert, reason) => {
    use('one')
    const started = startServer({ agents: [], port: 0, tls: { ...tls, cert: file(cert) } })
    await expect(started).rejects.toThrow(reason)
  })
})
