/**
 * What the programs talk to: as much of each protocol as they use.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeIssuer } from './issuer.ts'
import { json, type Answer } from './answer.ts'
import { answerMcp } from './mcp.ts'
import { answerChat, answerMessages, answerResponses } from './models.ts'

/** Starts it on a free port of this machine. */
export async function startServer(): Promise<{ url: string; port: number; server: Server }> {
  const answers = makeAnswers()
  const server = createServer((request, response) => void answer(answers, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, server }
}

async function answer(
  answers: Readonly<Record<string, Answer>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const path = new URL(request.url ?? '/', 'http://server')
  const { method = 'GET', headers } = request
  const found = answers[`${method} ${path.pathname}`] ?? answers[path.pathname]
  if (found === undefined) return json(response, { error: 'missing' }, 404)
  await found({ method, path, headers, body: Buffer.concat(pieces).toString() }, response)
}

/** The first request with a certain `busy` in its query is refused for a second. */
function busyAtFirst(then: Answer): Answer {
  const seen = new Set<string>()
  return (asked, response) => {
    const id = asked.path.searchParams.get('busy')
    if (id === null || seen.has(id)) return then(asked, response)
    seen.add(id)
    response.setHeader('retry-after', '1')
    const error = { type: 'rate_limit_error', message: 'busy' }
    return json(response, { type: 'error', error }, 429)
  }
}

function makeAnswers(): Readonly<Record<string, Answer>> {
  const issuer = makeIssuer()
  return {
    'POST /openai/v1/chat/completions': busyAtFirst(answerChat),
    'POST /openai/v1/responses': answerResponses,
    'POST /anthropic/v1/messages': busyAtFirst(answerMessages),
    '/mcp': answerMcp,
    'POST /echo': ({ path, body }, response) =>
      json(response, { query: path.search, body: JSON.parse(body) }),
    'GET /limited': busyAtFirst((_, response) => json(response, { done: true })),
    'GET /flaky': flaky(),
    'GET /cut': (_, response) => void response.destroy(),
    'GET /slow': async (_, response) => {
      await sleep(2000)
      json(response, { late: true })
    },
    'GET /jwks': (_, response) => json(response, { keys: issuer.keys }),
    'GET /token': ({ path }, response) =>
      json(response, { token: issuer.token(path.searchParams.get('sub') ?? '') }),
    'POST /sql': sql(),
  }
}

/** Answers 503 to the first request with a query. */
function flaky(): Answer {
  const tried = new Set<string>()
  return ({ path }, response) => {
    const isSecond = tried.has(path.search)
    tried.add(path.search)
    json(response, { isSecond }, isSecond ? 200 : 503)
  }
}

function sql(): Answer {
  const database = new DatabaseSync(':memory:')
  database.exec('create table notes (id integer primary key, text text not null)')
  return ({ body }, response) => {
    const {
      sql: text,
      params,
      method,
    } = JSON.parse(body) as {
      sql: string
      params: SQLInputValue[]
      method: string
    }
    try {
      const statement = database.prepare(text)
      statement.setReturnArrays(true)
      json(response, method === 'run' ? (statement.run(...params), []) : statement.all(...params))
    } catch (error) {
      json(response, { error: String(error) }, 409)
    }
  }
}
