/**
 * The world of a standard that a component is for: what it exports says how it is served.
 *
 * @module
 */
import {
  AGENT_HANDLER,
  HANDLER_EXPORTS,
  interfaceOf,
  WASI_HTTP_HANDLER,
  WASI_HTTP_SERVICE,
  WASI_PROGRAM,
} from '../../../../runtime/serve/index.ts'

const WORLDS: Readonly<Record<string, string>> = {
  [AGENT_HANDLER]: 'mayfly:agent/agent',
  [WASI_HTTP_SERVICE]: 'wasi:http/service',
  [WASI_HTTP_HANDLER]: 'wasi:http/proxy',
  [WASI_PROGRAM]: 'wasi:cli/command',
}
const MIDDLEWARE = 'wasi:http/middleware'

/**
 * Its world, with the version that it was built for, such as `wasi:http/service@0.3.0`; nothing for a component without a
 * handler. A service that imports the handler that it exports is a middleware.
 *
 * @param imports - names of interfaces, with version; so are `exports`
 */
export function servedWorld(
  imports: readonly string[],
  exports: readonly string[],
): string | undefined {
  for (const handler of HANDLER_EXPORTS) {
    const face = interfaceOf(handler)
    const exported = exports.find((each) => each === face || each.startsWith(`${face}@`))
    if (exported === undefined) continue
    const isMiddleware = handler === WASI_HTTP_SERVICE && imports.includes(exported)
    const world = isMiddleware ? MIDDLEWARE : WORLDS[handler]
    return world && world + exported.slice(face.length)
  }
  return undefined
}
