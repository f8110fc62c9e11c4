/**
 * JavaScript run the way users of isolated-vm isolate requests: a V8 isolate for each.
 *
 * @module
 */
import ivm from 'isolated-vm'
import type { AgentRequest, AgentResponse } from './agent-message.ts'

// The value in isolated-vm's documentation, and enough here.
const MEMORY_MIB = 32

/** Answers a request with the handler that `source`, a module exporting `handler`, makes. */
export type Answer = (request: AgentRequest) => AgentResponse

/** The script is compiled once; its code cache serves each isolate. */
export function freshIsolate(source: string): Answer {
  const script = source.replace('export const handler', 'globalThis.handler')
  const compiler = new ivm.Isolate({ memoryLimit: MEMORY_MIB })
  const compiled: ivm.Script & ivm.CachedDataResult = compiler.compileScriptSync(script, {
    produceCachedData: true,
  })
  const { cachedData } = compiled
  compiler.dispose()
  return (request) => {
    const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MIB })
    try {
      const context = isolate.createContextSync()
      const options = cachedData === undefined ? {} : { cachedData }
      isolate.compileScriptSync(script, options).runSync(context)
      return call(context, request)
    } finally {
      isolate.dispose()
    }
  }
}

/** Each isolate begins from a heap snapshot in which the script has run. */
export function isolateFromSnapshot(source: string): Answer {
  const script = source.replace('export const handler', 'globalThis.handler')
  const snapshot = ivm.Isolate.createSnapshot([{ code: script }])
  return (request) => {
    const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MIB, snapshot })
    try {
      return call(isolate.createContextSync(), request)
    } finally {
      isolate.dispose()
    }
  }
}

function call(context: ivm.Context, request: AgentRequest): AgentResponse {
  return context.evalClosureSync('return handler.handle($0)', [request], {
    arguments: { copy: true },
    result: { copy: true },
  }) as AgentResponse // The subject returns this type
}
