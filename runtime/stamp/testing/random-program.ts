/**
 * Random programs whose stores are sparse and spread over many pages, so that a page is written once or twice and a
 * missing mark shows. Every program ends: a counter that all loops and calls decrement leads out.
 *
 * @module
 */
import { random } from './random.ts'

const LOCALS = 4
const INITIAL_PAGES = 5

export interface RandomProgramOptions {
  /**
   * Whether its memory grows, and it writes there.
   *
   * @default false
   */
  grows?: boolean
}

/** Returns the text of a module that exports `run: func(n: i32) -> i32` and a memory. */
export function randomProgram(seed: number, { grows = false }: RandomProgramOptions = {}): string {
  const { below } = random(seed)
  // One local more often than the others: two stores through the same one can share a mark.
  const local = (): string => (below(2) === 0 ? '$l0' : `$l${below(LOCALS)}`)
  const value = (depth: number): string => {
    switch (below(depth > 2 ? 3 : 7)) {
      case 0:
        return `(i32.const ${below(1 << 18)})`
      case 1:
      case 2:
        return `(local.get ${local()})`
      case 3:
        return `(i32.add ${value(depth + 1)} (i32.const ${below(9000)}))`
      case 4:
        return `(i32.mul ${value(depth + 1)} (i32.const ${1 + below(40_000)}))`
      case 5:
        return `(local.tee ${local()} ${address(depth + 1)})`
      default:
        return `(i32.load offset=${below(300)} (i32.and ${value(depth + 1)} (i32.const 0x3ffff)))`
    }
  }
  // Locals always hold addresses in bounds, so that a store can use one as it is: only those share marks.
  const address = (depth: number): string => `(i32.and ${value(depth)} (i32.const 0x3ffff))`
  const store = (): string => {
    const width = ['8', '16', ''][below(3)] ?? ''
    const offset = [below(32), below(256), 240 + below(30), below(6000)][below(4)] ?? 0
    const to = below(8) === 0 ? address(1) : `(local.get ${local()})`
    return `(i32.store${width} offset=${offset} ${to} ${below(2) ? '(i32.const 85)' : value(2)})`
  }
  const growth = (): string =>
    below(2) === 0
      ? `(drop (memory.grow (i32.const ${below(2)})))`
      : `(if (i32.gt_u (memory.size) (i32.const ${INITIAL_PAGES})) (then
        (i32.store offset=${INITIAL_PAGES * 65_536 + below(65_000)} (i32.const 0) ${value(1)})))`
  const tick = `(global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (if (i32.lt_s (global.get $left) (i32.const 0)) (then (return (i32.const 3))))`
  const statements = (depth: number, labels: string[]): string =>
    Array.from({ length: 1 + below(4) }, () => statement(depth, labels)).join('\n')
  const leave = (labels: string[]): string => labels[below(labels.length)] ?? '$top'
  let names = 0
  const statement = (depth: number, labels: string[]): string => {
    const name = `$b${names++}`
    const inner = [...labels, name]
    if (grows && below(8) === 0) return growth()
    switch (below(depth > 4 ? 5 : 14)) {
      case 0:
      case 1:
      case 2:
        return store()
      case 3:
        return `(local.set ${local()} ${address(0)})`
      case 4:
        return `${tick} (br_if ${leave(labels)} (i32.and ${value(0)} (i32.const 1)))`
      case 5:
        return `(block ${name} ${statements(depth + 1, inner)})`
      case 6:
      case 7:
        return `(loop ${name} ${tick} ${statements(depth + 1, inner)} (br_if ${name} (i32.and ${value(1)} (i32.const 1))))`
      case 8:
        return `(if ${name} (i32.and ${value(0)} (i32.const 1)) (then ${statements(depth + 1, inner)}) (else ${statements(depth + 1, inner)}))`
      case 9:
        return `(if ${name} (i32.and ${value(0)} (i32.const 1)) (then ${statements(depth + 1, inner)}))`
      case 10:
        return `(block ${name} ${statements(depth + 1, inner)} ${tick} (br_table ${leave(inner)} ${leave(inner)} ${name} (i32.and ${value(0)} (i32.const 3))))`
      case 11:
        return `(local.set ${local()} (i32.and (call_indirect (type $f) ${address(1)} ${address(1)} (i32.const ${below(3)})) (i32.const 0x3ffff)))`
      case 12:
        return `(block ${name} (try_table (catch_all ${name}) ${statements(depth + 1, inner)}
          (if (i32.and ${value(0)} (i32.const 1)) (then (throw $e))) ${statements(depth + 1, inner)}))`
      default:
        return `(block ${name} (result i32 i32) ${statements(depth + 1, labels)} ${address(0)} ${address(0)})
          (local.set ${local()}) (local.set ${local()})`
    }
  }
  const body = (): string =>
    `(local $l2 i32) (local $l3 i32) ${tick} (block $top ${statements(0, ['$top'])}) (i32.xor ${value(0)} ${value(0)})`
  const functions = [0, 1, 2].map(
    (i) => `(func $f${i} (type $f) (param $l0 i32) (param $l1 i32) (result i32) ${body()})`,
  )
  return `(module (type $f (func (param i32 i32) (result i32))) (tag $e)
    (memory (export "memory") ${INITIAL_PAGES} 8) (table funcref (elem $f0 $f1 $f2))
    (global $left (mut i32) (i32.const ${5 + (seed % 40)}))
    ${functions.join('\n')}
    (func (export "run") (param i32) (result i32) (call $f0 (i32.and (local.get 0) (i32.const 0x3ffff)) (i32.const 4090))))`
}
