/**
 * Tools of a running host, by its `/-/functions`: over its socket, or at a URL.
 *
 * @module
 */

import type { FunctionFailure, FunctionList } from '../../../control/index.ts'
import type { ToolEnd, ToolSource } from '../../../protocols/mcp/index.ts'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { askerOf, refusalOf, type Answered } from '../../ask-host.ts'
import type { ParsedArguments } from '../../verb.ts'

const FAILED_FUNCTION = 422

/** @throws {MayflyError} ERR_USAGE, and ERR_HOST_UNAVAILABLE when no host answers */
export async function hostTools({
  values,
}: ParsedArguments): Promise<ToolSource & AsyncDisposable> {
  const ask = askerOf(values)
  let last: { readonly text: string; readonly agents: FunctionList['agents'] } | undefined
  const source: ToolSource = {
    get known() {
      return last?.agents
    },
    async agents() {
      const answer = await ask({ path: '/-/functions' })
      const { text } = answer
      // The same list, so that its tools are the same: the cast, since the control plane wrote it.
      if (answer.ok && text !== last?.text)
        last = { text, agents: (JSON.parse(text) as FunctionList).agents }
      if (answer.ok && last !== undefined) return last.agents
      const { message, hint } = reasonOf(answer, 'list functions')
      throw new MayflyError('ERR_HOST_UNAVAILABLE', message, hint === undefined ? {} : { hint })
    },
    async call(agent, functionName, input, { id, signal }) {
      const answer = await ask({
        path: `/-/functions/${encodeURIComponent(agent)}/${encodeURIComponent(functionName)}`,
        method: 'POST',
        body: JSON.stringify(input),
        headers: { 'x-request-id': id },
        signal,
      })
      return endOf(answer, functionName)
    },
  }
  // A client sees an error of its start, and keeps one of a call for its model.
  await source.agents()
  return Object.assign(source, { async [Symbol.asyncDispose]() {} })
}

function endOf(answer: Answered, functionName: string): ToolEnd {
  if (answer.ok) return { state: 'returned', result: JSON.parse(answer.text) }
  if (answer.status === FAILED_FUNCTION) {
    // The cast: the control plane wrote it.
    return { state: 'failed', error: (JSON.parse(answer.text) as FunctionFailure).error }
  }
  return { state: 'refused', reason: reasonOf(answer, `call "${functionName}"`).message }
}

function reasonOf({ text, status }: Answered, deed: string): { message: string; hint?: string } {
  const refusal = refusalOf(text, deed)
  if (refusal === undefined) return { message: `Cannot ${deed}: the host answered ${status}` }
  const { message, hint } = refusal
  return { message, ...(hint === undefined ? {} : { hint }) }
}
