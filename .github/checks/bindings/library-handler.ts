/**
 * `handle` in the library for AssemblyScript: lifted so that it returns the answer, and lifted with a callback.
 *
 * @module
 */
import { flat } from './adapter.ts'
import { layoutOf, loadsOf } from './layout.ts'
import { indented } from './library-functions.ts'
import { payloadAt, type ResultType, type Values } from './library-values.ts'
import { handler, interfaces, type Type } from './world.ts'

/** Two files: what a module does at its top level is part of every agent that imports it. */
export function handlers(values: Values): { readonly blocking: string; readonly waiting: string } {
  const [of] = interfaces
  const [param] = handler.params
  const { result } = handler
  if (of === undefined || param === undefined || result?.kind !== 'result')
    throw new Error('Cannot bind a handler without a request and a result')
  const { ok, error } = answersOf(result)
  const params = flat(param.name, param.type)
  const request = values.lift(
    of,
    param.type,
    params.map((each) => each.replace(/:.*/, '')),
  )
  const blocking = `/** \`handle\`, lifted so that it returns the answer. */
export function handle(${params.join(', ')}): usize {
  const response = answer(${request})
  const result = heap.alloc(${layoutOf(result).size})
  store<u8>(result, 0)
${indented(values.lower(of, ok, 'response', 'result', payloadAt(result)))}
  return result
}`
  const waiting = `/** \`handle\`, lifted with a callback: returns whether it waits. */
export function handleWaiting(${params.join(', ')}): u32 {
  return begin(${request})
}

/** Hands the answer out. */
export function returnAnswer(response: ${values.types.typeOf(of, ok)}): void {
  const at = heap.alloc(${layoutOf(ok).size})
${indented(values.lower(of, ok, 'response', 'at'))}
  ${handedOut(0, ok, result)}
}

/** Hands out that there is none, and why. */
export function returnFailure(message: ${values.types.typeOf(of, error)}): void {
  const at = heap.alloc(${layoutOf(error).size})
${indented(values.lower(of, error, 'message', 'at'))}
  ${handedOut(1, error, result)}
}`
  return { blocking, waiting }
}

function answersOf({ ok, error }: ResultType): { readonly ok: Type; readonly error: Type } {
  if (ok === undefined || error === undefined)
    throw new Error('Cannot bind a handler without a response and an error')
  return { ok, error }
}

/** `task.return` with a case: the core values of the shorter one are followed by zeros. */
function handedOut(which: number, type: Type, result: ResultType): string {
  const { ok, error } = answersOf(result)
  const count = Math.max(loadsOf(ok, '', 0).length, loadsOf(error, '', 0).length)
  const loads = loadsOf(type, 'at', 0)
  const all = Array.from({ length: count }, (_, index) => loads[index] ?? '0')
  return `host.taskReturn(${[which, ...all].join(', ')})`
}
