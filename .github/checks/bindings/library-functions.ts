/**
 * The functions of the world in the library for AssemblyScript: those that return when their results are there, and those
 * that return a call.
 *
 * @module
 */
import { MAX_FLAT_ASYNC_PARAMS } from './calls.ts'
import { layoutOf, loadsOf, offsetsOf } from './layout.ts'
import { isBytes, isNumber } from './library-types.ts'
import type { Values } from './library-values.ts'
import { camel, interfaces, nativeName, type Interface, type Type } from './world.ts'

type Imported = Interface['functions'][number]

/** What code inside the functions calls: a parameter of that name would hide it. */
const INSIDE = ['load', 'store', 'heap', 'memory', 'host', 'blocking', 'params', 'out', 'call']

/** A namespace for each interface, with functions that return when their results are there. */
export function blockingFunctions(values: Values): string {
  return namespaces((of, made) => blockingCall(of, made, values))
}

/** The same, with functions that return a call if they may wait. */
export function waitingFunctions(values: Values): string {
  return namespaces((of, made) => waitingCall(of, made, values))
}

/** The name of a parameter. */
export function paramName(name: string): string {
  return INSIDE.includes(camel(name)) ? `${camel(name)}_` : camel(name)
}

/** Statements, one a line. */
export function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

function namespaces(call: (of: Interface, made: Imported) => string): string {
  return interfaces
    .map((each) => {
      const body = each.functions.map((made) => call(each, made)).join('\n\n')
      return `/** The interface \`${each.name}\`. */\nexport namespace ${camel(each.name)} {\n${body.replaceAll(/^(?=.)/gm, '  ')}\n}`
    })
    .join('\n\n')
}

function blockingCall(of: Interface, made: Imported, values: Values): string {
  const { result } = made.type
  const { lines, args } = lowered(of, made, values, false)
  const call = (...out: readonly string[]): string =>
    `host.${nativeName(of, made.name)}(${[...args, ...out].join(', ')})`
  const returns = returned(of, made, values)
  if (result === undefined) return method(of, made, values, returns, [...lines, call()])
  if (isNumber(result)) {
    const lifted = `return ${values.lift(of, result, [call()])}`
    return method(of, made, values, returns, [...lines, lifted])
  }
  const lifted =
    result.kind === 'result'
      ? `${values.result(of, result).name}(out)`
      : values.lift(of, result, loadsOf(result, 'out', 0))
  const { size } = layoutOf(result)
  // Nothing is freed, and one without a value is read at once: there may be any number of such calls.
  const place = result.kind === 'result' && result.ok === undefined ? 'memory.data' : 'heap.alloc'
  lines.push(`const out = ${place}(${size})`, call('out'), `return ${lifted}`)
  return method(of, made, values, returns, lines)
}

function waitingCall(of: Interface, made: Imported, values: Values): string {
  const { name, type } = made
  const { params, result } = type
  if (!type.async) {
    const args = params.map((param) => paramName(param.name)).join(', ')
    const call = `blocking.${camel(of.name)}.${shortName(name)}(${args})`
    const returns = returned(of, made, values)
    return method(of, made, values, returns, [returns === 'void' ? call : `return ${call}`])
  }
  if (result !== undefined && result.kind !== 'result')
    throw new Error(`Cannot bind "${name}" of ${of.path}: its result has no error`)
  const count = params.flatMap((param) => loadsOf(param.type, '', 0)).length
  const { lines, args } = lowered(of, made, values, count > MAX_FLAT_ASYNC_PARAMS)
  const pending =
    result?.ok === undefined ? 'Call' : `Pending<${values.types.typeOf(of, result.ok)}>`
  const [lift, size, out] =
    result === undefined
      ? ['nothing', 0, []]
      : [values.result(of, result).name, layoutOf(result).size, ['call.out']]
  lines.push(
    `const call = new ${pending}(${lift}, ${size})`,
    `call.begin(host.${nativeName(of, name)}Async(${[...args, ...out].join(', ')}))`,
    'return call',
  )
  return method(of, made, values, pending, lines)
}

/** What a function returns when its result is there. */
function returned(of: Interface, { type: { result } }: Imported, values: Values): string {
  if (result === undefined) return 'void'
  return result.kind === 'result' ? values.result(of, result).type : values.types.typeOf(of, result)
}

/** Lowers the arguments: statements, and the core values to call with. */
function lowered(
  of: Interface,
  { type: { params } }: Imported,
  values: Values,
  asRecord: boolean,
): { readonly lines: string[]; readonly args: readonly string[] } {
  // Numbers and bytes are passed as they are.
  if (!asRecord && params.every(({ type }) => isNumber(type) || isBytes(type))) {
    const args = params.flatMap(({ name, type }) => {
      const value = paramName(name)
      if (isBytes(type)) return [`${value}.dataStart`, `${value}.length`]
      return type.kind === 'borrow' ? `${value}.handle` : value
    })
    return { lines: [], args }
  }
  const types = params.map(({ type }) => type)
  const offsets = offsetsOf(types)
  const lines = [`const params = heap.alloc(${layoutOf({ kind: 'tuple', elements: types }).size})`]
  for (const [index, { name, type }] of params.entries())
    lines.push(...values.lower(of, type, paramName(name), 'params', offsets[index]))
  const loads = types.flatMap((type, index) => loadsOf(type, 'params', offsets[index] ?? 0))
  return { lines, args: asRecord ? ['params'] : loads }
}

function method(
  of: Interface,
  { name, type }: Imported,
  values: Values,
  returns: string,
  lines: readonly string[],
): string {
  // What comes last may be left out: options, and enums, of which the first case is the usual one.
  const required = type.params.findLastIndex((param) => defaultOf(param.type) === undefined)
  const params = type.params.map(({ name: param, type: each }, index) => {
    const written = values.types.typeOf(of, each)
    const preset = index > required ? defaultOf(each, written) : undefined
    const text = `${paramName(param)}: ${written}`
    return preset === undefined ? text : `${text} = ${preset}`
  })
  return `export function ${shortName(name)}(${params.join(', ')}): ${returns} {
${indented(lines)}
}`
}

/** `[method]blob.read` → `read`. */
function shortName(name: string): string {
  return camel(name.replace(/^\[.*\][\w-]+\./, ''))
}

/** What an argument is that was left out; nothing where it may not be. */
function defaultOf(type: Type, written = ''): string | undefined {
  if (type.kind === 'option') return isNumber(type.some) ? 'NaN' : 'null'
  return type.kind === 'enum' ? `${written}.${camel(type.names[0] ?? '')}` : undefined
}
