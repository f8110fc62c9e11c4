/**
 * Headers that an agent may not set: they frame the message or belong to the connection.
 *
 * A connection carries the answers of many agents, often behind a proxy that shares it among clients. An
 * agent that could declare a length of its own would decide where the next answer begins.
 *
 * @module
 */

const CONNECTION_HEADERS = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/** @param method - of the request: an answer to HEAD has no body that its length could contradict */
export function dropFraming(headers: Headers, method: string): void {
  for (const name of CONNECTION_HEADERS) headers.delete(name)
  if (method !== 'HEAD') headers.delete('content-length')
}
