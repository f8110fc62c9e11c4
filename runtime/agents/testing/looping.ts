/**
 * Components that compute for ever, each in another way, for tests of how guests take turns.
 *
 * @module
 */

const LOOP = '(loop $l (br $l))'
const UNREACHED = `${LOOP} (unreachable)`

/** One core module, lifted as `run: func(n: u32) -> u32`. */
function plain(core: string, lift = '(canon lift (core func $i "run"))'): string {
  return `(component (core module $m ${core}) (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) ${lift}))`
}

const HOST = `(import "acme:host/env" (instance $e (export "now" (func (param "n" u32) (result u32)))))
  (alias export $e "now" (func $now)) (core func $now (canon lower (func $now)))`

function importing(body: string): string {
  return `(component ${HOST}
    (core module $m (import "" "now" (func $now (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) ${body}))
    (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
}

/**
 * A component calls another, which computes `work` of `$n` and may run beside it. With `async` the caller starts it and
 * waits for it; without, it calls it plainly.
 */
function concurrent(work: string, how: 'async' | ''): string {
  const call =
    how === 'async'
      ? `(local.set $status (call $work (local.get $n) (i32.const 64)))
         (if (i32.ne (local.get $status) (i32.const 2)) (then
           (local.set $set (call $set-new))
           (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
           (drop (call $set-wait (local.get $set) (i32.const 72)))))
         (i32.load (i32.const 64))`
      : '(call $work (local.get $n))'
  const params = how === 'async' ? '(param i32 i32) (result i32)' : '(param i32) (result i32)'
  const options = how === 'async' ? 'async (memory (core memory $libc "memory"))' : ''
  return `(component
    (component $inner
      (core func $return (canon task.return (result u32)))
      (core module $m (import "" "return" (func $return (param i32)))
        (func (export "work") (param $n i32) (result i32) (local $i i32) (local $x i32)
          (call $return (block (result i32) ${work}))
          (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) (unreachable)))
      (core instance $m (instantiate $m (with "" (instance (export "return" (func $return))))))
      (func (export "work") async (param "n" u32) (result u32)
        (canon lift (core func $m "work") async (callback (core func $m "callback")))))
    (instance $inner (instantiate $inner))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $work (canon lower (func $inner "work") ${options}))
    (core func $set-new (canon waitable-set.new))
    (core func $set-wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
    (core func $join (canon waitable.join))
    (core module $m
      (import "" "work" (func $work ${params}))
      (import "" "set-new" (func $set-new (result i32)))
      (import "" "set-wait" (func $set-wait (param i32 i32) (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "memory" (memory 1))
      (func (export "run") (param $n i32) (result i32) (local $status i32) (local $set i32) ${call}))
    (core instance $i (instantiate $m (with "" (instance
      (export "work" (func $work)) (export "set-new" (func $set-new))
      (export "set-wait" (func $set-wait)) (export "join" (func $join))
      (export "memory" (memory $libc "memory"))))))
    (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
}

// A sum of the numbers below 10 million, each times `n`.
const SUM = `(loop $l
  (local.set $x (i32.add (local.get $x) (i32.mul (local.get $i) (local.get $n))))
  (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000000))))
  (local.get $x)`

/** Compositions that compute a sum of `n` for some milliseconds, and one component in them calls the other. */
export const SUMMING: Readonly<Record<string, string>> = {
  'starts and waits for': concurrent(SUM, 'async'),
  calls: concurrent(SUM, ''),
}

/** Their result. */
export function sumOf(n: number): number {
  let sum = 0
  for (let i = 0; i < 10_000_000; i++) sum = (sum + Math.imul(i, n)) | 0
  return sum >>> 0
}

/** Components that can be suspended at every point. */
export const LOOPING: Readonly<Record<string, string>> = {
  'a loop': plain(`(func (export "run") (param i32) (result i32) ${UNREACHED})`),
  recursion: plain(`(func $f (export "run") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 900)) (then (return (i32.const 0))))
    (drop (call $f (i32.add (local.get 0) (i32.const 1))))
    (call $f (i32.add (local.get 0) (i32.const 1))))`),
  'calls of the host': importing(
    `(loop $l (drop (call $now (i32.const 1))) (br $l)) (unreachable)`,
  ),
  'a loop after a wait': importing(`(drop (call $now (i32.const 1))) ${UNREACHED}`),
  'a component in it': `(component
    (component $inner
      (core module $m (func (export "spin") (param i32) (result i32) ${UNREACHED}))
      (core instance $i (instantiate $m))
      (func (export "spin") (param "n" u32) (result u32) (canon lift (core func $i "spin"))))
    (instance $inner (instantiate $inner))
    (core func $spin (canon lower (func $inner "spin")))
    (core module $m (import "" "spin" (func $spin (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $spin (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "spin" (func $spin))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`,
  'a component that was started': concurrent(UNREACHED, 'async'),
  'a component beside it': concurrent(UNREACHED, ''),
  'yields of an asynchronous function': `(component
    (core module $m
      (func (export "run") (param i32) (result i32) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func (export "run") async (param "n" u32) (result u32)
      (canon lift (core func $i "run") async (callback (core func $i "callback")))))`,
  'a callback': `(component
    (core module $m
      (func (export "run") (param i32) (result i32) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32) ${UNREACHED}))
    (core instance $i (instantiate $m))
    (func (export "run") async (param "n" u32) (result u32)
      (canon lift (core func $i "run") async (callback (core func $i "callback")))))`,
}

/** JavaScript calls them in the middle of something: they cannot be suspended. */
export const RUNNING_ON: Readonly<
  Record<string, { readonly text: string; readonly args: readonly unknown[] }>
> = {
  realloc: {
    text: `(component
      (core module $m (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${UNREACHED})
        (func (export "run") (param i32 i32) (result i32) (i32.const 1)))
      (core instance $i (instantiate $m))
      (func (export "run") (param "s" string) (result u32)
        (canon lift (core func $i "run") (memory (core memory $i "memory"))
          (realloc (core func $i "realloc")))))`,
    args: ['text'],
  },
  'realloc for what the host returns': {
    text: `(component
      (import "acme:host/env" (instance $e (export "name" (func (result string)))))
      (alias export $e "name" (func $name))
      (core module $libc (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${UNREACHED}))
      (core instance $libc (instantiate $libc))
      (core func $name (canon lower (func $name) (memory (core memory $libc "memory"))
        (realloc (core func $libc "realloc"))))
      (core module $m (import "" "name" (func $name (param i32)))
        (func (export "run") (param i32) (result i32) (call $name (i32.const 64)) (i32.const 1)))
      (core instance $i (instantiate $m (with "" (instance (export "name" (func $name))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`,
    args: [1],
  },
  'post-return': {
    text: plain(
      `(memory (export "memory") 1) (func (export "post") (param i32) ${LOOP})
        (func (export "run") (param i32) (result i32) (i32.const 1))`,
      '(canon lift (core func $i "run") (post-return (core func $i "post")))',
    ),
    args: [1],
  },
  destructor: {
    text: `(component
      (core module $d (func (export "end") (param i32) ${LOOP}))
      (core instance $d (instantiate $d))
      (type $r (resource (rep i32) (dtor (core func $d "end"))))
      (core func $new (canon resource.new $r))
      (core func $drop (canon resource.drop $r))
      (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param i32) (result i32)
          (call $drop (call $new (i32.const 7)))
          (i32.const 1)))
      (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "drop" (func $drop))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`,
    args: [1],
  },
}

/**
 * Fills a memory from `n`, mixes it for some tens of milliseconds, and returns a digest: any byte of another request
 * changes the number.
 */
export const MIXING = `(component
  (core module $m
    (memory (export "memory") 3)
    (global $g (mut i32) (i32.const 0))
    (func (export "run") (param $n i32) (result i32) (local $i i32) (local $round i32) (local $x i32)
      (global.set $g (i32.add (global.get $g) (local.get $n)))
      (local.set $x (i32.add (local.get $n) (i32.load (i32.const 0))))
      (loop $rounds
        (local.set $i (i32.const 0))
        (loop $words
          (local.set $x (i32.add
            (i32.mul (i32.xor (local.get $x) (i32.load (local.get $i))) (i32.const 1664525))
            (i32.add (global.get $g) (i32.const 1013904223))))
          (i32.store (local.get $i) (local.get $x))
          (br_if $words (i32.lt_u
            (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 196608))))
        (br_if $rounds (i32.lt_u
          (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 200))))
      (local.get $x)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
