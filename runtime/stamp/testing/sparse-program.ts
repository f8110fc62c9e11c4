/**
 * Random programs of few stores, mostly to different pages, so that the mark of a neighbour does not make up for a
 * missing mark.
 *
 * Addresses begin a few bytes before the end of a page, and offsets lie round the reach of a mark, so that a rewriter
 * that assumes too long a reach is noticed. Locals are copied from each other, so that one mark may serve two of
 * them. The path through a program depends on its argument alone.
 *
 * @module
 */
import { random } from './random.ts'

/** Arguments that between them take most branches. */
export const SPARSE_ARGUMENTS: readonly number[] = [0, 1, 2, 3, 5, 7]
const LOCALS = ['$a', '$b', '$c']
const OFFSETS = [0, 0, 0, 0, 4, 200, 240, 250, 256, 270, 300, 4096]
const MEMORY_PAGES = 5
const MAX_DEPTH = 2
const COUNTERS = Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => `(local $i${depth} i32)`).join(
  ' ',
)

/** Returns the text of a module that exports `run: func(n: i32) -> i32` and a memory. */
export function sparseProgram(seed: number): string {
  const { below, pick } = random(seed)
  let names = 0
  let areas = 0
  const local = (): string => `(local.get ${pick(LOCALS)})`
  /** Nine pages from the one before, some bytes before the end of its page. */
  const area = (): string => `(i32.const ${(1 + (areas++ % 8)) * 9 * 4096 - 1 - below(12)})`
  const condition = (): string => `(i32.and (local.get $n) (i32.const ${1 << below(3)}))`
  const address = (): string => {
    switch (below(8)) {
      case 0:
        return area()
      case 1:
        return `(i32.add ${local()} (i32.const ${pick([8, 250, 300, -260, 4096])}))`
      case 2:
        return `(i32.sub (local.get ${pick(LOCALS)}) (i32.const ${pick([4, 255, 4096])}))`
      case 3:
        return `(select ${local()} ${local()} ${condition()})`
      default:
        return local()
    }
  }
  const store = (): string => {
    const [name, value] = pick([
      ['i32.store', '(i32.const -1)'],
      ['i32.store8', '(i32.const -1)'],
      ['i64.store', '(i64.const -1)'],
      ['v128.store', '(v128.const i64x2 -1 -1)'],
    ] as const)
    const memory = below(6) === 0 ? '$other' : '$memory'
    return `(${name} ${memory} offset=${pick(OFFSETS)} ${below(6) === 0 ? address() : local()} ${value})`
  }
  const assign = (): string => `(local.set ${pick(LOCALS)} ${address()})`
  const several = (depth: number): string =>
    Array.from({ length: 1 + below(3) }, () => statement(depth + 1)).join('\n')
  const statement = (depth: number): string => {
    const name = `$b${names++}`
    switch (below(depth > MAX_DEPTH ? 8 : 16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return store()
      case 4:
      case 5:
      case 6:
        return assign()
      case 7:
        return `(call $callee ${local()} (local.get $n))`
      case 8:
        return `(if ${condition()} (then ${several(depth)}))`
      case 9:
        return `(if ${condition()} (then ${several(depth)}) (else ${several(depth)}))`
      case 10:
        return `(block ${name} ${several(depth)} (br_if ${name} ${condition()}) ${several(depth)})`
      case 11:
      case 12:
      case 13:
        return loop(name, `$i${depth}`, several(depth))
      case 14:
        return `(block ${name} (block ${name}x (br_table ${name} ${name}x (i32.and (local.get $n) (i32.const 1))))
          ${several(depth)}) ${several(depth)}`
      default:
        return `(block ${name} (try_table (catch_all ${name}) ${several(depth)}
          (if ${condition()} (then (throw $e))) ${several(depth)}))`
    }
  }
  const loop = (name: string, counter: string, inner: string): string =>
    `(local.set ${counter} (i32.const ${1 + below(2)})) (loop ${name} ${inner}
      (if (local.get ${counter}) (then
        (local.set ${counter} (i32.sub (local.get ${counter}) (i32.const 1))) (br ${name}))))`
  const body = Array.from({ length: 3 + below(4) }, () => statement(0)).join('\n')
  return `(module (tag $e) (memory $memory (export "memory") ${MEMORY_PAGES}) (memory $other ${MEMORY_PAGES})
    (func $callee (param $a i32) (param $n i32)
      (if ${condition()} (then (i32.store offset=${pick(OFFSETS)} (local.get $a) (i32.const -1)))))
    (func (export "run") (param $n i32) (result i32) ${COUNTERS} (local $a i32) (local $b i32) (local $c i32)
      ${LOCALS.map((name) => `(local.set ${name} ${area()})`).join(' ')}
      ${body} (i32.const 0)))`
}
