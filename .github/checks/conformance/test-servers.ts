/** Servers of HTTP on this machine that tests of wasi-testsuite are clients of. @module */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestEndpoint, TestServer } from './specification.ts'

/** Servers that listen. Closed when disposed of. */
export interface OpenServers extends AsyncDisposable {
  /** The variables that say where they are. */
  readonly environment: Readonly<Record<string, string>>
  /** The grants of `capabilities.http` that let a guest reach them. */
  readonly rules: readonly object[]
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Opens `servers`, on free ports. */
export async function openServers(servers: readonly TestServer[]): Promise<OpenServers> {
  const environment: Record<string, string> = {}
  const rules: object[] = []
  const open: Server[] = []
  for (const { name, kind, endpoints = [] } of servers) {
    const server = createServer((request, response) => void answer(endpoints, request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    environment[`HTTP_SERVER_${name.toUpperCase()}`] = `127.0.0.1:${port}`
    rules.push({ host: '127.0.0.1', scheme: 'http', port, network: 'loopback', methods: METHODS })
    if (kind === 'closed') await close(server)
    else open.push(server)
  }
  return {
    environment,
    rules,
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map(close))
    },
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function answer(
  endpoints: readonly TestEndpoint[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const endpoint = endpoints.find(
    ({ method, path }) => method === request.method && path === request.url,
  )
  const body: Buffer[] = []
  try {
    for await (const chunk of request) body.push(chunk as Buffer)
  } catch {
    // The client broke off, and waits for no answer.
    return
  }
  switch (endpoint?.mode) {
    case 'echo-body':
      return void response.end(Buffer.concat(body))
    case 'echo-headers':
      return void response.writeHead(200, echoed(request)).end()
    case undefined: {
      const { status = 404, chunks = [], body: text = '', trailers } = endpoint?.response ?? {}
      if (trailers !== undefined) response.setHeader('trailer', Object.keys(trailers).join())
      response.writeHead(status)
      for (const chunk of chunks) response.write(chunk)
      if (trailers !== undefined) response.addTrailers(trailers)
      response.end(text)
    }
  }
}

/** Head and trailers of `request`, as fields. */
function echoed({ method = '', url = '', rawHeaders, rawTrailers }: IncomingMessage): string[] {
  const fields = ['x-request-method', method, 'x-request-path', url]
  for (const [prefix, raw] of [
    ['x-echo-', rawHeaders],
    ['x-trailer-', rawTrailers],
  ] as const)
    for (let index = 0; index < raw.length; index += 2)
      fields.push(prefix + (raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '')
  return fields
}
