/**
 * One call of an exported function over HTTP: JSON in, JSON out.
 *
 * @module
 */

import type { Context } from 'hono'
import { callOfClient, type CallableAgent } from './call-function.ts'
import type { FunctionFailure } from './contract.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refuse.ts'

/** Answers 200 with the result, 422 with the error that the function returned, and other statuses with a reason. */
export async function answerCall(context: Context, agent: CallableAgent): Promise<Response> {
  const name = functionName(context, agent)
  if (name === undefined) {
    const names = agent.functions().map((known) => known.name)
    return refuse(context, 404, `agent "${agent.name}" has no such function: ${names.join(', ')}`)
  }
  const startedAt = performance.now()
  const text = await textOf(context, agent)
  if (text instanceof Response) return text
  const input = parse(text)
  if (input === undefined) return refuse(context, 400, 'expected arguments in JSON')
  const id = context.req.header('x-request-id') ?? crypto.randomUUID()
  const { signal } = context.req.raw
  const end = await callOfClient(agent, name, input.json, { id, signal, startedAt })
  switch (end.state) {
    case 'returned':
      return context.json(end.result ?? null)
    case 'failed':
      return context.json({ error: end.error, requestId: id } satisfies FunctionFailure, 422)
    case 'mismatched':
      return refuse(context, 400, end.reason)
    case 'refused':
      return end.response
  }
}

/** The body, or why it was not read. */
async function textOf(
  context: Context,
  { requestBodyBytes, deadlineMs }: CallableAgent,
): Promise<string | Response> {
  const { body } = context.req.raw
  if (body === null) return ''
  const read = await readBody(body, { maxBytes: requestBodyBytes, timeoutMs: deadlineMs })
  switch (read.state) {
    case 'read':
      return new TextDecoder().decode(read.bytes)
    case 'too large':
      return refuse(context, 413, 'request body too large')
    case 'too slow':
      return refuse(context, 408, 'request not sent in time', { connection: 'close' })
  }
}

/** `ops/add` in a path means `ops#add`: a `#` would have to be escaped. */
function functionName(context: Context, agent: CallableAgent): string | undefined {
  const written = new URL(context.req.url).pathname.split('/').slice(4).join('/')
  let name: string
  try {
    name = decodeURIComponent(written)
  } catch {
    return undefined
  }
  const slash = name.lastIndexOf('/')
  const inInterface = `${name.slice(0, slash)}#${name.slice(slash + 1)}`
  const names = agent.functions().map((known) => known.name)
  return [name, inInterface].find((each) =>
    names.some((known) => known === each || known.replace(/@[^#]*/, '') === each),
  )
}

function parse(text: string): { readonly json: unknown } | undefined {
  if (text.trim() === '') return { json: {} }
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}
