/**
 * An agent that waits without a stack, and a host that answers it when a test says so.
 *
 * `run(n)` writes `n` all over its memory, waits for the host up to three times, and traps when it finds anything
 * changed afterwards or left over from another call. It returns `n`.
 *
 * @module
 */

/** Pages that it writes, of 4 KiB: each once, at a place that depends on `n`. */
const WRITTEN = [1, 3, 4, 9, 17, 40]
const SPILL = 40_956

/** Without growth when `n` is even. */
const COMPONENT = `(component
  (import "slow" (func $slow async (param "n" u32) (result u32)))
  (core module $libc (memory (export "memory") 4 64))
  (core instance $libc (instantiate $libc))
  (core func $start (canon lower (func $slow) async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $subtask-drop (canon subtask.drop))
  (core func $get (canon context.get i32 0))
  (core func $set (canon context.set i32 0))
  (core module $main
    (import "" "start" (func $start (param i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask-drop" (func $subtask-drop (param i32)))
    (import "" "get" (func $get (result i32)))
    (import "" "set" (func $set (param i32)))
    (import "" "memory" (memory 4))
    (global $n (mut i32) (i32.const 0)) (global $wide (mut i64) (i64.const 1)) (global $left (mut i32) (i32.const 0))
    (global $float (mut f64) (f64.const 0)) (global $set-of (mut i32) (i32.const 0))
    (global $function (mut funcref) (ref.null func)) (elem declare func $fill)
    (func $at (param $page i32) (result i32)
      (i32.add (i32.shl (local.get $page) (i32.const 12)) (i32.and (global.get $n) (i32.const 0xffc))))
    (func $fill
      ${WRITTEN.map((page) => `(i32.store (call $at (i32.const ${page})) (global.get $n))`).join('\n')}
      ;; Over the edge of a page.
      (i32.store offset=2 (i32.const ${SPILL}) (global.get $n))
      (global.set $wide (i64.mul (i64.extend_i32_u (global.get $n)) (i64.const 0x100000001)))
      (global.set $float (f64.reinterpret_i64 (i64.or (i64.const 0x7ff4000000000000) (i64.extend_i32_u (global.get $n)))))
      (if (i32.and (global.get $n) (i32.const 1)) (then
        (drop (memory.grow (i32.const 2)))
        (i32.store offset=${6 * 65_536 - 4} (i32.const 0) (global.get $n)))))
    (func $compute (param $n i32) (result i32) (local $i i32)
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
      (local.get $i))
    (func $same (param $found i32) (if (i32.ne (local.get $found) (global.get $n)) (then unreachable)))
    (func $check
      ${WRITTEN.map((page) => `(call $same (i32.load (call $at (i32.const ${page}))))`).join('\n')}
      (call $same (i32.load offset=2 (i32.const ${SPILL})))
      (call $same (i32.wrap_i64 (i64.shr_u (global.get $wide) (i64.const 32))))
      (call $same (i32.wrap_i64 (i64.reinterpret_f64 (global.get $float))))
      (if (i32.and (global.get $n) (i32.const 1)) (then
        (if (i32.ne (memory.size) (i32.const 6)) (then unreachable))
        (call $same (i32.load offset=${6 * 65_536 - 4} (i32.const 0))))
      (else (if (i32.ne (memory.size) (i32.const 4)) (then unreachable)))))
    ;; Traps when anything is there from another call.
    (func $clean
      (if (i32.or (i32.load (i32.const 0)) (global.get $n)) (then unreachable))
      ${WRITTEN.map((page) => `(if (i64.ne (i64.load offset=${page * 4096} (i32.const 0)) (i64.const 0)) (then unreachable))`).join('\n')}
      (if (i32.ne (memory.size) (i32.const 4)) (then unreachable)))
    (func $wait (result i32) (local $status i32)
      (local.set $status (call $start (global.get $n) (i32.const 64)))
      (if (i32.eq (local.get $status) (i32.const 2)) (then (return (call $goes-on))))
      (call $join (i32.shr_u (local.get $status) (i32.const 4)) (global.get $set-of))
      (i32.or (i32.const 2) (i32.shl (global.get $set-of) (i32.const 4))))
    (func $goes-on (result i32)
      (if (i32.ne (i32.load (i32.const 64)) (i32.add (global.get $n) (i32.const 1))) (then unreachable))
      (call $check)
      (drop (call $compute (i32.const 10000)))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      (if (i32.gt_s (global.get $left) (i32.const 0)) (then (return (call $wait))))
      (call $return (global.get $n))
      (i32.const 0))
    (func $begin (param $n i32) (result i32)
      (call $clean)
      (i32.store (i32.const 0) (i32.const 1))
      (global.set $n (local.get $n))
      (global.set $left (i32.add (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1)))
      (call $fill)
      (global.set $set-of (call $set-new))
      (call $set (i32.xor (local.get $n) (i32.const 0x5555)))
      (call $wait))
    (func $resume (param $event i32) (param $handle i32) (param $state i32) (result i32)
      (if (i32.ne (local.get $event) (i32.const 1)) (then unreachable))
      (if (i32.ne (call $get) (i32.xor (global.get $n) (i32.const 0x5555))) (then unreachable))
      (call $subtask-drop (local.get $handle))
      (call $goes-on))
    (func (export "run") (param $n i32) (result i32) (call $begin (local.get $n)))
    (func (export "run-callback") (param i32 i32 i32) (result i32)
      (call $resume (local.get 0) (local.get 1) (local.get 2)))
    ;; Refers to a function of its own, which no other slot has.
    (func (export "refer") (param $n i32) (result i32)
      (global.set $function (ref.func $fill)) (call $begin (local.get $n)))
    (func (export "refer-callback") (param i32 i32 i32) (result i32)
      (call $resume (local.get 0) (local.get 1) (local.get 2)))
    ;; Computes for ever once it goes on.
    (func (export "spin") (param $n i32) (result i32) (call $begin (local.get $n)))
    (func (export "spin-callback") (param i32 i32 i32) (result i32) (loop $again (br $again)) (i32.const 0))
    (func (export "trap") (param $n i32) (result i32) (call $begin (local.get $n)))
    (func (export "trap-callback") (param i32 i32 i32) (result i32) unreachable)
    ;; Fills much memory before it waits.
    (func (export "large") (param $n i32) (result i32)
      (drop (memory.grow (i32.const 40)))
      (memory.fill (i32.const 262144) (i32.const 7) (i32.const 2621440))
      (global.set $n (local.get $n)) (global.set $left (i32.const 1))
      (global.set $set-of (call $set-new))
      (call $wait))
    (func (export "large-callback") (param i32 i32 i32) (result i32)
      (if (i32.ne (i32.load8_u offset=2883583 (i32.const 0)) (i32.const 7)) (then unreachable))
      (call $return (global.get $n)) (i32.const 0))
    ;; Computes n rounds and does not wait.
    (func (export "long") (param $n i32) (result i32)
      (call $return (call $compute (local.get $n))) (i32.const 0))
    (func (export "long-callback") (param i32 i32 i32) (result i32) unreachable)
    ;; Grows by n pages of 64 KiB once it goes on, and returns what memory.grow says.
    (func (export "grow") (param $n i32) (result i32)
      (global.set $n (local.get $n))
      (global.set $set-of (call $set-new))
      (call $wait))
    (func (export "grow-callback") (param i32 i32 i32) (result i32)
      (call $return (memory.grow (global.get $n))) (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "start" (func $start)) (export "return" (func $return)) (export "set-new" (func $set-new))
    (export "join" (func $join)) (export "subtask-drop" (func $subtask-drop)) (export "get" (func $get))
    (export "set" (func $set)) (export "memory" (memory $libc "memory"))))))
  ${['run', 'refer', 'spin', 'trap', 'large', 'long', 'grow'].map(lift).join('\n')})`

function lift(name: string): string {
  return `(func (export "${name}") async (param "n" u32) (result u32)
    (canon lift (core func $main "${name}") async (callback (core func $main "${name}-callback"))))`
}

/** The text of the component. */
export const WAITING: string = COMPONENT

interface Pending {
  readonly n: number
  readonly resolve: (value: number) => void
}

/** Answers calls of `slow(n)` with `n + 1`, when told to. */
export class SlowHost {
  readonly imports: { slow: (n: number) => Promise<number> }
  readonly #pending: Pending[] = []
  #watchers: { readonly count: number; readonly seen: () => void }[] = []

  constructor() {
    this.imports = {
      slow: (n) =>
        new Promise((resolve) => {
          this.#pending.push({ n, resolve })
          this.#watchers = this.#watchers.filter(({ count, seen }) => {
            if (this.#pending.length < count) return true
            seen()
            return false
          })
        }),
    }
  }

  get pending(): number {
    return this.#pending.length
  }

  /** Resolves when so many calls wait for their answers. */
  until(count: number): Promise<void> {
    if (this.#pending.length >= count) return Promise.resolve()
    return new Promise((seen) => this.#watchers.push({ count, seen }))
  }

  /** Answers the call that came `index` after the first. */
  answer(index = 0): void {
    for (const { n, resolve } of this.#pending.splice(index, 1)) resolve(n + 1)
  }

  answerAll(): void {
    while (this.#pending.length > 0) this.answer()
  }
}
