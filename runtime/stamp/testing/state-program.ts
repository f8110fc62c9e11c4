/**
 * Random programs that change state outside linear memory: globals of each type, tables, passive segments.
 *
 * Their export returns a digest of this state, taken before it changes anything. So state that one request left
 * behind changes the answer of a later request.
 *
 * @module
 */
import { random } from './random.ts'

/** Arguments that between them take most branches. */
export const STATE_ARGUMENTS: readonly number[] = [0, 1, 2, 3, 5, 7]
/** The mutable globals, by name: the order in which the module declares them. */
export const STATE_GLOBALS = ['$i32', '$i64', '$f32', '$f64', '$function'] as const
const TABLE_ELEMENTS = 4

/** Returns the text of a module that exports `run: func(n: i32) -> i32`. */
export function stateProgram(seed: number): string {
  const { below, pick } = random(seed)
  let names = 0
  const element = (): string => `(i32.const ${below(TABLE_ELEMENTS)})`
  const reference = (): string => pick(['(ref.func $f0)', '(ref.func $f1)', '(ref.null func)'])
  const condition = (): string => `(i32.and (local.get $n) (i32.const ${1 << below(3)}))`
  const change = (): string =>
    pick([
      () => `(global.set $i32 (i32.add (global.get $i32) (i32.const ${1 + below(9)})))`,
      () => `(global.set $i64 (i64.add (global.get $i64) (i64.const ${1 + below(9)})))`,
      // A payload that a number of JavaScript cannot carry.
      () => `(global.set $f32 (f32.reinterpret_i32 (i32.const ${0x7fa0_0000 + below(99)})))`,
      () =>
        `(global.set $f64 (f64.reinterpret_i64 (i64.const ${0x7ff4_0000}00000${10 + below(80)})))`,
      () => `(global.set $function ${reference()})`,
      () => `(table.set $t ${element()} ${reference()})`,
      () => `(table.fill $t (i32.const 1) ${reference()} (i32.const ${1 + below(3)}))`,
      () => `(table.copy $t $u (i32.const 0) (i32.const ${below(2)}) (i32.const 2))`,
      () => `(table.init $t $elements (i32.const ${below(2)}) (i32.const 0) (i32.const 2))`,
      () => `(drop (table.grow $u ${reference()} (i32.const ${1 + below(3)})))`,
      () => `(memory.init $bytes (i32.const ${below(9000)}) (i32.const 0) (i32.const 8))`,
      () => '(elem.drop $elements)',
      () => '(data.drop $bytes)',
    ])()
  const statement = (depth: number): string => {
    const name = `$b${names++}`
    switch (below(depth > 1 ? 3 : 6)) {
      case 3:
        return `(if ${condition()} (then ${several(depth)}))`
      case 4:
        return `(block ${name} ${several(depth)} (br_if ${name} ${condition()}) ${several(depth)})`
      case 5:
        return `(block ${name} (try_table (catch_all ${name}) ${several(depth)}
          (if ${condition()} (then (throw $e)))))`
      default:
        return change()
    }
  }
  const several = (depth: number): string =>
    Array.from({ length: 1 + below(2) }, () => statement(depth + 1)).join('\n')
  return `(module (tag $e) (memory 1) (type $f (func (result i32)))
    (global $i32 (mut i32) (i32.const 1)) (global $i64 (mut i64) (i64.const 2))
    (global $f32 (mut f32) (f32.const nan:0x200001)) (global $f64 (mut f64) (f64.const 4))
    (global $function (mut funcref) (ref.null func))
    (table $t ${TABLE_ELEMENTS} funcref) (table $u 2 9 funcref)
    (elem (table $t) (i32.const 1) func $f0) (elem (table $u) (i32.const 0) func $f1 $f0)
    (elem $elements func $f0 $f1) (data $bytes "leftover")
    (func $f0 (type $f) (i32.const 17)) (func $f1 (type $f) (i32.const 23))
    (func $mix (param $sum i32) (param $next i32) (result i32)
      (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get $next)))
    ${digestOf('$t')} ${digestOf('$u')}
    (func $digest (result i32) (local $sum i32)
      ${[
        '(global.get $i32)',
        '(i32.wrap_i64 (global.get $i64))',
        '(i32.reinterpret_f32 (global.get $f32))',
        '(i32.wrap_i64 (i64.reinterpret_f64 (global.get $f64)))',
        '(ref.is_null (global.get $function))',
        '(call $digest$t)',
        '(call $digest$u)',
      ]
        .map((each) => `(local.set $sum (call $mix (local.get $sum) ${each}))`)
        .join('\n')}
      (local.get $sum))
    (func (export "run") (param $n i32) (result i32) (local $before i32)
      (local.set $before (call $digest))
      ${statement(0)} ${statement(0)} ${statement(0)} (local.get $before)))`
}

/** A function that tells which functions the table holds, and how many. */
function digestOf(table: string): string {
  return `(func $digest${table} (result i32) (local $at i32) (local $sum i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (table.size ${table})))
      (local.set $sum (call $mix (local.get $sum)
        (if (result i32) (ref.is_null (table.get ${table} (local.get $at))) (then (i32.const 5))
          (else (call_indirect ${table} (type $f) (local.get $at))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next)))
    (local.get $sum))`
}
