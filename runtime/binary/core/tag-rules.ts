/**
 * Rules for the values of an exception. With them a guest can hold only as many exceptions as its stack has places
 * for, and each exception has a bounded size.
 *
 * @module
 */
import type { CoreModule } from './core-module.ts'
import { holdsException, isReference, readTypes, type TypeDetail } from './type-details.ts'
import { TYPE } from './core-types.ts'

/** Values of an exception, vectors counting twice. Compilers of C++ give it one. */
export const MAX_EXCEPTION_VALUES = 16

/** Bytes that V8 keeps for the largest exception: 569 were measured with sixteen i64, 540 with eight vectors. */
export const MAX_EXCEPTION_BYTES = 640

/** Returns why `module` may hold more exceptions than are charged: a phrase that names the construct. */
export function unboundedExceptions(module: CoreModule): string | undefined {
  const { bytes, tags, tables, globals, functions } = module
  const state = [...tables, ...globals]
  if (state.some(({ type }) => holdsException(bytes, type)))
    return 'a table or global that holds exceptions'
  const hasObjects = module.types.includes(undefined)
  if (tags.types.length === 0 && !hasObjects && !mentionsException(module)) return undefined
  const types = readTypes(module)
  for (const tag of tags.types) {
    const reason = unboundedPayload(bytes, types[tag], hasObjects)
    if (reason !== undefined) return reason
  }
  const isObject = types.some((type) =>
    objectFields(type).some((field) => holdsException(bytes, field)),
  )
  if (isObject) return 'an object that holds exceptions'
  const isResult = [...new Set(functions)].some((index) => {
    const type = types[index]
    return type?.kind === 'func' && type.results.some((each) => holdsException(bytes, each))
  })
  return isResult ? 'a function that returns a reference to an exception' : undefined
}

function unboundedPayload(
  bytes: Uint8Array,
  type: TypeDetail | undefined,
  hasObjects: boolean,
): string | undefined {
  const params = type?.kind === 'func' ? type.params : []
  if (params.some((each) => holdsException(bytes, each)))
    return 'exceptions that hold other exceptions'
  // Where objects are allowed and charged, an exception is one more thing that refers to them.
  if (!hasObjects && params.some((each) => isReference(bytes, each)))
    return 'exceptions that carry references'
  const values = params.reduce((sum, { start }) => sum + (bytes[start] === TYPE.v128 ? 2 : 1), 0)
  if (values > MAX_EXCEPTION_VALUES)
    return `exceptions that carry more than ${MAX_EXCEPTION_VALUES} values`
  return undefined
}

function objectFields(type: TypeDetail | undefined): readonly { start: number; end: number }[] {
  if (type?.kind === 'struct') return type.fields
  return type?.kind === 'array' ? [type.element] : []
}

const EXN = 0x69

/** Whether some type of `module` may be about exceptions: a byte says so, which may mean something else. */
export function mentionsException({ bytes, typeSection }: CoreModule): boolean {
  const { start, end } = typeSection.body
  return bytes.subarray(start, end).includes(EXN)
}
