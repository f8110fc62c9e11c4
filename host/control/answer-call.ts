/**
 * One call of an exported function over HTTP: JSON in, JSON out.
 *
 * @module
 */

import type { Context } from 'hono'
import type { FunctionDescription, FunctionOutcome } from '../../runtime/agents/index.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'
import type { FunctionFailure } from './contract.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refuse.ts'

/** An agent whose exports can be called. */
export interface CallableAgent {
  readonly name: string
  readonly requestBodyBytes: number
  readonly deadlineMs: number
  functions(): readonly FunctionDescription[]
  /** @throws {MayflyError} */
  call(
    name: string,
    input: unknown,
    options: { id: string; signal: AbortSignal; startedAt: number },
  ): Promise<FunctionOutcome>
  /** Returns the response for an invocation that did not complete. */
  refusal(error: unknown, id: string): Response
}

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
  try {
    const { signal } = context.req.raw
    const outcome = await agent.call(name, input.json, { id, signal, startedAt })
    if (outcome.state === 'returned') return context.json(outcome.result ?? null)
    return context.json({ error: outcome.error, requestId: id } satisfies FunctionFailure, 422)
  } catch (error) {
    // The caller wrote the arguments, so the mismatch may be shown to them.
    if (isMayflyError(error) && error.code === 'ERR_VALUE_MISMATCH')
      return refuse(context, 400, error.message)
    return agent.refusal(error, id)
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
