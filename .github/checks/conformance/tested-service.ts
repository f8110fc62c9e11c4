/** Sends the requests of a test of wasi-testsuite to a component that serves HTTP. @module */
import type { Agent } from '../../../runtime/agents/index.ts'
import type { TestedRequest } from './specification.ts'

const ORIGIN = 'http://tested.test'

/** Says what is wrong with the first answer that is not as it must be. */
export async function wrongAnswer(
  agent: Agent,
  requests: readonly TestedRequest[],
): Promise<string | undefined> {
  for (const { method = 'GET', path = '/', headers = {}, body, response: expected } of requests) {
    const init = { method, headers, ...(body === undefined ? {} : { body }) }
    const response = await agent.fetch(new Request(ORIGIN + path, init))
    const text = await response.text()
    if (response.status !== expected.status) return `${method} ${path}: ${response.status} ${text}`
    if (expected.body !== undefined && text !== expected.body)
      return `${method} ${path}: body is ${JSON.stringify(text)}`
    for (const [name, value] of Object.entries(expected.headers ?? {}))
      if (response.headers.get(name) !== value)
        return `${method} ${path}: ${name} is ${response.headers.get(name)}`
  }
  return undefined
}
