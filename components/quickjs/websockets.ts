/**
 * The interfaces `websocket` and `websocket-server` for scripts. A module by itself, which few agents have: the build gives it
 * the adapter's functions, as it gives the prelude others.
 *
 * @module
 */
import { Connection } from './connection.ts'
import { natives, type Header, type Later } from './natives.ts'
import { when } from './pending.ts'

export { Connection }

export function connect(
  url: string,
  protocols: readonly string[],
  headers: Header[],
): Later<Connection> {
  return when(
    natives.websocketConnect(url, [...protocols], headers),
    (handle) => new Connection(handle, natives),
  )
}

export function accept(protocol: string, headers: Header[]): Connection {
  return new Connection(natives.websocketServerAccept(protocol, headers), natives)
}
