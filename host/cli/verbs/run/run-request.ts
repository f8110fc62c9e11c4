/**
 * Runs an agent that answers requests as if it were a program: standard input is the body of one `POST`, the
 * body of the response standard output.
 *
 * @module
 */
import type { Agent, InvocationRecord } from '../../../../runtime/agents/index.ts'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import type { SourceMaps } from '../../../source-maps/index.ts'
import { failureText } from '../../../targets/node/index.ts'
import { HANDLER_EXPORTS, WASI_PROGRAM } from '../../../../runtime/serve/index.ts'

export interface RunRequestOptions {
  readonly stdin: ReadableStream<Uint8Array>
  readonly stdout: NodeJS.WriteStream
  readonly signal: AbortSignal
  /** Why the invocation failed, once it has. */
  readonly failure: () => MayflyError | undefined
}

/** Whether `agent` answers requests and is not a program. */
export function isRequestOnly(agent: Agent): boolean {
  return (
    agent.exportType(WASI_PROGRAM) === undefined &&
    HANDLER_EXPORTS.some((name) => agent.exportType(name) !== undefined)
  )
}

/**
 * Returns the exit code: 1 for a status of 400 or above. The body is written in both cases.
 *
 * @throws {MayflyError} the reason why the agent did not answer
 */
export async function runRequest(
  agent: Agent,
  { stdin, stdout, signal, failure }: RunRequestOptions,
): Promise<number> {
  const request = new Request('http://localhost/', {
    method: 'POST',
    body: stdin,
    duplex: 'half',
  } as RequestInit) // The declared type lacks `duplex`, which a stream needs
  const response = await agent.fetch(request, { signal })
  const refused = failure()
  if (refused !== undefined) throw refused
  for await (const chunk of response.body ?? []) {
    if (!stdout.write(chunk) && !signal.aborted) await drained(stdout)
  }
  // A stream may break off after its headers.
  const brokenOff = failure()
  if (brokenOff !== undefined) throw brokenOff
  return response.status < 400 ? 0 : 1
}

/** The failure of the last invocation, as `onInvocation` gets it, with places in the sources that `maps` knows. */
export function lastFailure(maps: SourceMaps): {
  note: (record: InvocationRecord) => void
  failure: () => MayflyError | undefined
} {
  let error: MayflyError | undefined
  return {
    note(record) {
      const { outcome } = record
      error =
        outcome.state === 'completed'
          ? undefined
          : MayflyError.decode({ ...outcome.error.encode(), message: failureText(record, maps) })
    },
    failure: () => error,
  }
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
  })
}
