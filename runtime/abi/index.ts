/** The canonical ABI: values across the border between guests and host. @module */
export type { Codec, FlatType, FlatValue } from './codec.ts'
export { CodecSet } from './codec-set.ts'
export { ComponentError } from './component-error.ts'
export {
  AbiContext,
  InstanceState,
  LIFT_BUDGET_BYTES,
  type CoreFunction,
  type Elements,
  type Encoding,
  type EndKind,
  type ResourceBridge,
  type Values,
} from './context.ts'
export { GuestMemory, type MarkHook } from './guest-memory.ts'
export { countOf } from './elements.ts'
export { ErrorContext } from './error-context.ts'
export {
  BorrowScope,
  HandleTable,
  ResourceHandle,
  type HandleTableContents,
  type HandleTableState,
  type Lender,
  type Renewable,
} from './handle-table.ts'
export { fromJson, isJsonFunction, toJson } from './json.ts'
export { givenUnder, isInherited } from './inherited.ts'
export { jsonSchema, parametersSchema, resultSchema, type JsonSchema } from './json-schema.ts'
export { camelCase, pascalCase } from './names.ts'
export { MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, Signature } from './signature.ts'
export { ownedIn, type Finder } from './owned.ts'
export { mismatch, trap, ValueMismatch } from './trap.ts'
export {
  PRIMITIVE_KINDS,
  type FunctionType,
  type NamedType,
  type PrimitiveKind,
  type ValueType,
  type VariantCase,
} from './types.ts'
export { readWave, readWaveArguments, waveFunctionName } from './wave-reader.ts'
export { WaveError } from './wave-scanner.ts'
export { writeWave } from './wave-writer.ts'
