/**
 * The exports that requests enter a component through, by name and without version.
 *
 * @module
 */

/** Mayfly's own handler: a request in, a response out, both as records. */
export const AGENT_HANDLER = 'mayfly:agent/handler#handle'

/** A server of `wasi:http` 0.3. https://github.com/WebAssembly/WASI */
export const WASI_HTTP_SERVICE = 'wasi:http/handler#handle'

/** A server of `wasi:http` 0.2. https://github.com/WebAssembly/wasi-http */
export const WASI_HTTP_HANDLER = 'wasi:http/incoming-handler#handle'

/** A program of `wasi:cli`. https://github.com/WebAssembly/wasi-cli */
export const WASI_PROGRAM = 'wasi:cli/run#run'

/**
 * The order of preference: a component that exports several of them is served through the first.
 *
 * Mayfly's own comes first because a component exports it for this host alone. A program comes last: toolchains
 * add `run` to components that were written to serve.
 */
export const HANDLER_EXPORTS: readonly string[] = [
  AGENT_HANDLER,
  WASI_HTTP_SERVICE,
  WASI_HTTP_HANDLER,
  WASI_PROGRAM,
]

/** The interface of an export such as `wasi:cli/run#run`. */
export function interfaceOf(name: string): string {
  const end = name.indexOf('#')
  return end === -1 ? name : name.slice(0, end)
}
