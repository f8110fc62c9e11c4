/** `node:util/types`, as far as a script can tell. @module */
type Test = (value: unknown) => boolean

const tagged =
  (...tags: string[]): Test =>
  (value) =>
    tags.includes(Object.prototype.toString.call(value).slice(8, -1))
const isObject: Test = (value) => typeof value === 'object' && value !== null
const madeBy =
  (constructor: unknown): Test =>
  (value) =>
    typeof constructor === 'function' && value instanceof (constructor as typeof Object)
const viewed =
  (name: string): Test =>
  (value) =>
    isTypedArray(value) && (value as Uint8Array)[Symbol.toStringTag] === name

export const isAnyArrayBuffer = tagged('ArrayBuffer', 'SharedArrayBuffer')
export const isArgumentsObject = tagged('Arguments')
export const isArrayBuffer = madeBy(ArrayBuffer)
export const isArrayBufferView: Test = ArrayBuffer.isView
export const isAsyncFunction = tagged('AsyncFunction', 'AsyncGeneratorFunction')
export const isBigInt64Array = viewed('BigInt64Array')
export const isBigUint64Array = viewed('BigUint64Array')
export const isBooleanObject: Test = (value) => isObject(value) && value instanceof Boolean
export const isBoxedPrimitive: Test = (value) =>
  [Number, String, Boolean, BigInt, Symbol].some((each) => madeBy(each)(value))
export const isCryptoKey = madeBy((globalThis as { CryptoKey?: unknown }).CryptoKey)
export const isDataView = madeBy(DataView)
export const isDate = madeBy(Date)
export const isFloat32Array = viewed('Float32Array')
export const isFloat64Array = viewed('Float64Array')
export const isGeneratorFunction = tagged('GeneratorFunction', 'AsyncGeneratorFunction')
export const isGeneratorObject = tagged('Generator', 'AsyncGenerator')
export const isInt16Array = viewed('Int16Array')
export const isInt32Array = viewed('Int32Array')
export const isInt8Array = viewed('Int8Array')
export const isMap = madeBy(Map)
export const isMapIterator = tagged('Map Iterator')
export const isNativeError = madeBy(Error)
export const isNumberObject = madeBy(Number)
export const isPromise = madeBy(Promise)
export const isRegExp = madeBy(RegExp)
export const isSet = madeBy(Set)
export const isSetIterator = tagged('Set Iterator')
export const isStringObject = madeBy(String)
export const isSymbolObject = madeBy(Symbol)
export const isTypedArray: Test = (value) =>
  ArrayBuffer.isView(value) && !(value instanceof DataView)
export const isUint16Array = viewed('Uint16Array')
export const isUint32Array = viewed('Uint32Array')
export const isUint8Array = viewed('Uint8Array')
export const isUint8ClampedArray = viewed('Uint8ClampedArray')
export const isWeakMap = madeBy(WeakMap)
export const isWeakSet = madeBy(WeakSet)
// No script can tell.
export const isExternal: Test = () => false
export const isModuleNamespaceObject = tagged('Module')
export const isProxy: Test = () => false

export default {
  isAnyArrayBuffer,
  isArgumentsObject,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isBigInt64Array,
  isBigUint64Array,
  isBooleanObject,
  isBoxedPrimitive,
  isCryptoKey,
  isDataView,
  isDate,
  isExternal,
  isFloat32Array,
  isFloat64Array,
  isGeneratorFunction,
  isGeneratorObject,
  isInt16Array,
  isInt32Array,
  isInt8Array,
  isMap,
  isMapIterator,
  isModuleNamespaceObject,
  isNativeError,
  isNumberObject,
  isPromise,
  isProxy,
  isRegExp,
  isSet,
  isSetIterator,
  isStringObject,
  isSymbolObject,
  isTypedArray,
  isUint16Array,
  isUint32Array,
  isUint8Array,
  isUint8ClampedArray,
  isWeakMap,
  isWeakSet,
}
