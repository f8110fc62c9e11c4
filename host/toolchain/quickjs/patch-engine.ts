/**
 * Corrects single places in the code of the engine, which its C interface cannot reach.
 *
 * - With the flag `v`, it checks characters outside of classes by the rules for classes: `/x-y/v` was a syntax error.
 * - A call takes at most 65,535 arguments: `Math.max(...numbers)` failed for lists that V8 takes (about 120,000).
 * - Some functions that call themselves take little of the engine's stack for much of the host's, so deep values ended the
 *   invocation instead of throwing a RangeError. They take more now: about as much as a script does for the same stack
 *   of the host.
 * - A call of a bound function whose arguments are larger than the rest of the stack passed the check of the stack, because
 *   addresses below zero count as large ones. They count as small ones now.
 *
 * As `adapt-engine.ts`, this works for one build of the engine. Functions go by their numbers in it,
 * without its imports.
 *
 * @module
 */
import { ByteReader } from '../../../runtime/binary/reader.ts'
import {
  concat,
  SECTION,
  sectionOf,
  signed,
  unsigned,
  withSection,
  type Section,
} from './sections.ts'

// Instructions.
const GLOBAL_GET_0 = [0x23, 0]
const GLOBAL_SET_0 = [0x24, 0]
const LOCAL_GET_0 = [0x20, 0]
const LOCAL_GET_3 = [0x20, 3]
const I32_LOAD8_U = [0x2d, 0]
const I32_CONST = 0x41
const I32_NE = 0x47
const I32_ADD = 0x6a
const I32_SUB = 0x6b
const I32_AND = 0x71
const BR_IF = 0x0d

// get_class_atom(state, range, position, in class); the flag is a byte of the state.
const CLASS_ATOM = 1475
const UNICODE_SETS_AT = 41
// The messages that the two checks would give.
const WRONG_CHARACTER = 1_058_514
const WRONG_OPERATION = 1_058_563

// build_arg_list. V8 takes about as many on a stack of 1 MB.
const ARGUMENT_LIST = 171
const MAX_ARGUMENTS = 102_399
const ENGINE_MAX_ARGUMENTS = 65_535

// js_call_bound_function copies its arguments to the stack, and compares the address behind them with the end of the stack.
const BOUND_FUNCTION = 546
const EIGHT_TIMES_BELOW = [0x41, 3, 0x74, 0x22, 8, 0x6b]
const I32_GT_U = 0x4b
const I32_GT_S = 0x4a

/**
 * Functions with the size of their stack frame, and the size it becomes. Without, V8's stack ended at a depth of about
 * 6,500, 4,200, 4,800, 5,000 and 3,100 (Node 26, code that is not optimized yet): now the engine throws at a half of that.
 */
const FRAMES: readonly (readonly [number: number, before: number, after: number])[] = [
  [928, 16, 64], // json_parse_value: 3,500
  [913, 48, 96], // internalize_json_property: 2,300
  [921, 16, 96], // js_json_to_str: 2,300
  [1274, 48, 96], // js_array_flatten: 2,300
  [1462, 80, 176], // re_parse_disjunction: 1,300
]

/** Returns the engine with all corrections. */
export function withPatches(sections: readonly Section[]): Section[] {
  const code = sectionOf(sections, SECTION.code)
  const reader = new ByteReader(code, 0, code.length, 'code section')
  const bodies = reader.vector('functions', () => reader.take(reader.u32()))
  const patch = (number: number, change: (body: Uint8Array) => Uint8Array): void => {
    const body = bodies[number]
    if (body !== undefined) bodies[number] = change(body)
  }
  patch(CLASS_ATOM, (body) =>
    [WRONG_CHARACTER, WRONG_OPERATION].reduce(
      (changed, message) => onlyInClass(changed, message),
      body,
    ),
  )
  patch(ARGUMENT_LIST, (body) => {
    const raised = replaceAll(body, constant(ENGINE_MAX_ARGUMENTS + 1), constant(MAX_ARGUMENTS + 1))
    return replaceAll(raised, constant(ENGINE_MAX_ARGUMENTS), constant(MAX_ARGUMENTS))
  })
  patch(BOUND_FUNCTION, (body) =>
    replaceAll(body, [...EIGHT_TIMES_BELOW, I32_GT_U], [...EIGHT_TIMES_BELOW, I32_GT_S]),
  )
  for (const [number, before, after] of FRAMES) {
    patch(number, (body) => withFrame(body, before, after))
  }
  const all = bodies.map((body) => concat([unsigned(body.length), body]))
  return withSection(sections, SECTION.code, concat([unsigned(all.length), ...all]))
}

/** Has the check before the error `message` look at whether the character is in a class. */
function onlyInClass(body: Uint8Array, message: number): Uint8Array {
  const flag = [...LOCAL_GET_0, ...I32_LOAD8_U, UNICODE_SETS_AT]
  const check = [...flag, I32_CONST, 1, I32_NE, BR_IF]
  const error = find(body, constant(message), body.length)
  const at = find(body, check, error)
  const end = at + flag.length
  return concat([body.subarray(0, end), LOCAL_GET_3, [I32_AND], body.subarray(end)])
}

/** Gives a function with a stack frame of `before` bytes one of `after` bytes. */
function withFrame(body: Uint8Array, before: number, after: number): Uint8Array {
  const enter = (size: number): number[] => [...GLOBAL_GET_0, ...constant(size), I32_SUB]
  const leave = (size: number): number[] => [...constant(size), I32_ADD, ...GLOBAL_SET_0]
  return replaceAll(replaceAll(body, enter(before), enter(after)), leave(before), leave(after))
}

function constant(value: number): number[] {
  return [I32_CONST, ...signed(value)]
}

/** The last place of `bytes` that ends before `end`; -1 when there is none. */
function lastPlace(body: Uint8Array, bytes: readonly number[], end: number): number {
  for (let at = end - bytes.length; at >= 0; at--) {
    if (bytes.every((byte, index) => body[at + index] === byte)) return at
  }
  return -1
}

function find(body: Uint8Array, bytes: readonly number[], end: number): number {
  const at = lastPlace(body, bytes, end)
  if (at < 0) throw new Error('Cannot correct QuickJS: it is not what it was when this was written')
  return at
}

function replaceAll(
  body: Uint8Array,
  bytes: readonly number[],
  others: readonly number[],
): Uint8Array {
  let changed = body
  let at = find(body, bytes, body.length)
  for (; at >= 0; at = lastPlace(changed, bytes, at)) {
    changed = concat([changed.subarray(0, at), others, changed.subarray(at + bytes.length)])
  }
  return changed
}
