/**
 * Headers that an agent may not set: they frame the message or belong to the connection.
 *
 * A connection carries the answers of many agents, often behind a proxy that shares it among clients. An agent that
 * could declare a wrong length would decide where the next answer begins.
 *
 * @module
 */
import { CONNECTION_FIELDS } from '../policy/index.ts'

const CONNECTION_HEADERS: ReadonlySet<string> = new Set(CONNECTION_FIELDS)

/**
 * Whether an agent's header `name`, in lower case, is to be left out.
 *
 * @param isHead - the request was HEAD: its answer has no body that a length could contradict
 */
export function isFraming(name: string, isHead: boolean): boolean {
  return CONNECTION_HEADERS.has(name) || (name === 'content-length' && !isHead)
}

/** Takes the framing headers out of `headers` but `trailer`: the caller has made sure of a body. */
export function dropFraming(headers: Headers, isHead: boolean): void {
  for (const name of [...headers.keys()])
    if (isFraming(name, isHead) && name !== 'trailer') headers.delete(name)
}
