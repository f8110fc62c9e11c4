/**
 * Components that hide data of one request where the next might find it, one component for each place.
 *
 * Each exports `run`, which returns the value it finds and then hides `n` there.
 *
 * Long because it is a list.
 *
 * @module
 */

import type { Feature } from '../../binary/index.ts'

export interface HidingPlace {
  readonly name: string
  /** Text of the component. */
  readonly text: string
  /** Text of the verdict on it, when it can only run on fresh instances. */
  readonly unstampable?: RegExp
  /** Features that manifest and host must allow for it. */
  readonly features?: readonly Feature[]
}

const LIFT = `(func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))`

/** A component around one core module with \`body\` as its \`run\`. */
function around(declarations: string, body: string): string {
  return `(component
    (core module $m ${declarations}
      (func $run (export "run") (param $n i32) (result i32) (local $found i32) ${body} (local.get $found)))
    (core instance $i (instantiate $m)) ${LIFT})`
}

function global(type: string, get: string, set: string): string {
  return around(
    `(global $g (mut ${type}) (${type}.const 5))`,
    `(local.set $found ${get}) (global.set $g ${set})`,
  )
}

function memoryAt(address: number, extra = ''): string {
  return around(
    `(memory (export "memory") 4) ${extra}`,
    `(local.set $found (i32.load (i32.const ${address}))) (i32.store (i32.const ${address}) (local.get $n))`,
  )
}

export const HIDING_PLACES: readonly HidingPlace[] = [
  {
    name: 'a second memory, where it has written to the first',
    text: around(
      '(memory $a 4) (memory $b 4)',
      `(local.set $found (i32.load $b (i32.const 70000)))
       (i32.store $a (i32.const 70000) (local.get $n)) (i32.store $b (i32.const 70000) (local.get $n))`,
    ),
  },
  {
    name: 'an i32 global',
    text: global('i32', '(global.get $g)', '(local.get $n)'),
  },
  {
    name: 'an i64 global',
    text: global('i64', '(i32.wrap_i64 (global.get $g))', '(i64.extend_i32_u (local.get $n))'),
  },
  {
    name: 'an f32 global, as the bits of a NaN',
    text: global(
      'f32',
      '(i32.reinterpret_f32 (global.get $g))',
      '(f32.reinterpret_i32 (i32.or (i32.const 0x7fc00000) (local.get $n)))',
    ),
  },
  {
    name: 'an f64 global, as the bits of a NaN',
    text: global(
      'f64',
      '(i32.wrap_i64 (i64.reinterpret_f64 (global.get $g)))',
      '(f64.reinterpret_i64 (i64.or (i64.const 0x7ff8000000000000) (i64.extend_i32_u (local.get $n))))',
    ),
  },
  {
    name: 'a global that begins as a NaN with a payload',
    text: around(
      `(global $g (mut f64) (f64.const nan:0x8000000001234))`,
      `(local.set $found (i32.wrap_i64 (i64.reinterpret_f64 (global.get $g))))
       (global.set $g (f64.convert_i32_u (local.get $n)))`,
    ),
  },
  {
    name: 'a v128 global',
    text: around(
      '(global $g (mut v128) (v128.const i64x2 0 0))',
      '(local.set $found (i32x4.extract_lane 0 (global.get $g))) (global.set $g (i32x4.splat (local.get $n)))',
    ),
    unstampable: /global 0/,
  },
  {
    name: 'a global with a function',
    text: around(
      `(global $g (mut funcref) (ref.null func)) (elem declare func $run)`,
      `(local.set $found (i32.eqz (ref.is_null (global.get $g)))) (global.set $g (ref.func $run))`,
    ),
  },
  {
    name: 'an array behind a global that never changes',
    features: ['gc'],
    text: around(
      `(type $array (array (mut i32))) (global $g (ref $array) (array.new $array (i32.const 0) (i32.const 4)))`,
      `(local.set $found (array.get $array (global.get $g) (i32.const 1)))
       (array.set $array (global.get $g) (i32.const 1) (local.get $n))`,
    ),
    unstampable: /./,
  },
  {
    name: 'a global that another instance exports',
    text: `(component
      (core module $a (global (export "g") (mut i32) (i32.const 3)))
      (core module $m (import "a" "g" (global $g (mut i32)))
        (func (export "run") (param i32) (result i32)
          (global.get $g) (global.set $g (local.get 0))))
      (core instance $a (instantiate $a))
      (core instance $i (instantiate $m (with "a" (instance $a)))) ${LIFT})`,
  },
  { name: 'the first word of a memory', text: memoryAt(0) },
  { name: 'the last word of a page', text: memoryAt(4092) },
  { name: 'two pages at once', text: memoryAt(4094) },
  { name: 'the last word of a memory', text: memoryAt(4 * 65_536 - 4) },
  { name: 'data', text: memoryAt(70_000, '(data (i32.const 69998) "some data, not zeros")') },
  {
    name: 'a memory that grows',
    text: around(
      '(memory (export "memory") 1)',
      `(local.set $found (i32.mul (memory.size) (i32.const 1000)))
       (if (i32.eq (memory.grow (i32.const 2)) (i32.const -1)) (then unreachable))
       (local.set $found (i32.add (local.get $found) (i32.load (i32.const 131072))))
       (i32.store (i32.const 131072) (local.get $n))`,
    ),
  },
  {
    name: 'a memory that grows beyond what is kept',
    text: around(
      '(memory (export "memory") 1)',
      `(local.set $found (memory.size))
       (drop (memory.grow (i32.const 200)))
       (local.set $found (i32.add (local.get $found) (i32.load (i32.const 13000000))))
       (i32.store (i32.const 13000000) (local.get $n))`,
    ),
  },
  {
    name: 'whether growing fails',
    text: around(
      '(memory (export "memory") 1 3)',
      `(local.set $found (memory.grow (i32.const 2)))`,
    ),
  },
  {
    name: 'the second of three memories',
    text: around(
      '(memory 1) (memory $b 1) (memory 1)',
      `(local.set $found (i32.load $b (i32.const 8))) (i32.store $b (i32.const 8) (local.get $n))
       (memory.fill 2 (i32.const 0) (i32.const 7) (i32.const 65536))
       (memory.copy $b 2 (i32.const 20000) (i32.const 0) (i32.const 9000))`,
    ),
  },
  {
    name: 'a memory of another instance',
    text: `(component
      (core module $a (memory (export "memory") 2))
      (core module $m (import "a" "memory" (memory 1))
        (func (export "run") (param i32) (result i32)
          (i32.load (i32.const 70000)) (i32.store (i32.const 70000) (local.get 0))))
      (core instance $a (instantiate $a))
      (core instance $i (instantiate $m (with "a" (instance $a)))) ${LIFT})`,
  },
  {
    name: 'a memory of another instance that two others grow',
    text: `(component
      (core module $a (memory (export "memory") 1))
      (core module $b (import "a" "memory" (memory 1))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))
      (core module $m (import "a" "memory" (memory 1)) (import "b" "grow" (func $grow (result i32)))
        (func (export "run") (param i32) (result i32)
          (i32.add (i32.mul (i32.const 10) (memory.size)) (call $grow))
          (drop (memory.grow (i32.const 1)))
          (i32.add (i32.load (i32.const 66000)))
          (i32.store (i32.const 66000) (local.get 0))))
      (core instance $a (instantiate $a))
      (core instance $b (instantiate $b (with "a" (instance $a))))
      (core instance $i (instantiate $m (with "a" (instance $a)) (with "b" (instance $b)))) ${LIFT})`,
  },
  {
    name: 'an element of a table',
    text: around(
      '(table $t 4 funcref) (elem declare func $run)',
      `(local.set $found (i32.eqz (ref.is_null (table.get $t (i32.const 2)))))
       (table.set $t (i32.const 2) (ref.func $run))`,
    ),
  },
  {
    name: 'an element that was there',
    text: around(
      '(table $t 4 funcref) (elem (i32.const 1) func $run $run)',
      `(local.set $found (i32.eqz (ref.is_null (table.get $t (i32.const 2)))))
       (table.set $t (i32.const 2) (ref.null func))`,
    ),
  },
  {
    name: 'the size of a table',
    text: around(
      '(table $t 4 funcref)',
      `(local.set $found (table.size $t)) (drop (table.grow $t (ref.null func) (i32.const 3)))`,
    ),
  },
  {
    name: 'a table that is filled and copied',
    text: around(
      '(table $t 9 funcref) (table $u 9 funcref) (elem declare func $run)',
      `(local.set $found (i32.eqz (ref.is_null (table.get $u (i32.const 5)))))
       (table.fill $t (i32.const 0) (ref.func $run) (i32.const 9))
       (table.copy $u $t (i32.const 0) (i32.const 0) (i32.const 9))`,
    ),
  },
  {
    name: 'a table of another instance',
    text: `(component
      (core module $a (table (export "t") 4 funcref))
      (core module $m (import "a" "t" (table $t 4 funcref)) (elem declare func $run)
        (func $run (export "run") (param i32) (result i32)
          (i32.eqz (ref.is_null (table.get $t (i32.const 2))))
          (table.set $t (i32.const 2) (ref.func $run))))
      (core instance $a (instantiate $a))
      (core instance $i (instantiate $m (with "a" (instance $a)))) ${LIFT})`,
  },
  {
    name: 'a dropped data segment',
    text: around(
      '(memory (export "memory") 1) (data $d "seven")',
      `(memory.init $d (i32.const 100) (i32.const 0) (i32.const 5))
       (local.set $found (i32.load (i32.const 100))) (data.drop $d)`,
    ),
    unstampable: /data\.drop|segment/,
  },
  {
    name: 'a dropped element segment',
    text: around(
      '(table $t 4 funcref) (elem $e func $run)',
      `(table.init $t $e (i32.const 1) (i32.const 0) (i32.const 1))
       (local.set $found (i32.eqz (ref.is_null (table.get $t (i32.const 1))))) (elem.drop $e)`,
    ),
    unstampable: /elem\.drop|segment/,
  },
  {
    name: 'what a start function counts',
    text: around(
      `(memory (export "memory") 1) (global $g (mut i32) (i32.const 0))
       (func $start (global.set $g (i32.const 40)) (i32.store (i32.const 8) (i32.const 2))) (start $start)`,
      `(local.set $found (i32.add (global.get $g) (i32.load (i32.const 8))))
       (global.set $g (local.get $n)) (i32.store (i32.const 8) (local.get $n))`,
    ),
  },
  {
    name: 'a component inside',
    text: `(component
      (component $Inner
        (core module $m (memory (export "memory") 1) (global $g (mut i32) (i32.const 1))
          (func (export "run") (param i32) (result i32)
            (i32.add (global.get $g) (i32.load (i32.const 5000)))
            (global.set $g (local.get 0)) (i32.store (i32.const 5000) (local.get 0))))
        (core instance $i (instantiate $m)) ${LIFT})
      (instance $a (instantiate $Inner)) (instance $b (instantiate $Inner))
      (core func $a (canon lower (func $a "run"))) (core func $b (canon lower (func $b "run")))
      (core module $m (import "" "a" (func $a (param i32) (result i32))) (import "" "b" (func $b (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (i32.add (call $a (local.get 0)) (i32.mul (i32.const 100) (call $b (i32.add (local.get 0) (i32.const 1)))))))
      (core instance $i (instantiate $m (with "" (instance (export "a" (func $a)) (export "b" (func $b)))))) ${LIFT})`,
  },
  {
    name: 'a string handed from one component to another',
    text: `(component
      (component $Inner
        (core module $m (memory (export "memory") 2)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4090))
          (func (export "take") (param i32 i32) (result i32) (i32.load (i32.const 8190))))
        (core instance $i (instantiate $m))
        (func (export "take") (param "text" string) (result u32)
          (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")) string-encoding=utf16)))
      (instance $inner (instantiate $Inner))
      (core module $Memory (memory (export "memory") 1) (data (i32.const 0) "0123456789abcdef"))
      (core instance $memory (instantiate $Memory))
      (core func $take (canon lower (func $inner "take") (memory (core memory $memory "memory"))))
      (core module $m (import "" "take" (func $take (param i32 i32) (result i32))) (import "" "memory" (memory 1))
        (func (export "run") (param i32) (result i32) (local $found i32)
          (local.set $found (i32.load8_u (i32.const 4096)))
          (memory.fill (i32.const 0) (i32.add (i32.const 32) (i32.and (local.get 0) (i32.const 63))) (i32.const 6000))
          (local.set $found (i32.add (local.get $found)
            (call $take (i32.const 0) (select (i32.const 6) (i32.const 6000) (i32.and (local.get 0) (i32.const 1))))))
          (local.get $found)))
      (core instance $i (instantiate $m (with "" (instance (export "take" (func $take)) (export "memory" (memory $memory "memory")))))) ${LIFT})`,
  },
  {
    name: 'handles of its own that it never drops',
    text: `(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (call $new (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)))))) ${LIFT})`,
  },
  {
    name: 'a handle it looks up',
    text: `(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core func $rep (canon resource.rep $r))
      (core module $start (import "" "new" (func $new (param i32) (result i32)))
        (func $start (drop (call $new (i32.const 77)))) (start $start))
      (core instance (instantiate $start (with "" (instance (export "new" (func $new))))))
      (core module $m (import "" "new" (func $new (param i32) (result i32))) (import "" "rep" (func $rep (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (i32.add (call $rep (i32.const 1)) (call $rep (call $new (local.get 0))))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "rep" (func $rep)))))) ${LIFT})`,
  },
  {
    name: 'a handle it drops',
    text: `(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core func $drop (canon resource.drop $r))
      (core module $start (import "" "new" (func $new (param i32) (result i32)))
        (func $start (drop (call $new (i32.const 77)))) (start $start))
      (core instance (instantiate $start (with "" (instance (export "new" (func $new))))))
      (core module $m (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param i32) (result i32) (call $drop (i32.const 1)) (i32.const 1)))
      (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop)))))) ${LIFT})`,
  },
  {
    name: 'the storage of a task',
    text: `(component
      (core func $get (canon context.get i32 0)) (core func $set (canon context.set i32 0))
      (core module $m (import "" "get" (func $get (result i32))) (import "" "set" (func $set (param i32)))
        (func (export "run") (param i32) (result i32) (call $get) (call $set (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set)))))) ${LIFT})`,
  },
  {
    name: 'the numbers of waitable sets',
    text: `(component
      (core func $new (canon waitable-set.new))
      (core module $m (import "" "new" (func $new (result i32)))
        (func (export "run") (param i32) (result i32) (call $new)))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)))))) ${LIFT})`,
  },
  {
    name: 'what it does after it has answered',
    text: `(component
      (core module $m (memory (export "memory") 1) (global $g (mut i32) (i32.const 9)) (global $n (mut i32) (i32.const 0))
        (func (export "run") (param i32) (result i32)
          (global.set $n (local.get 0)) (i32.add (global.get $g) (i32.load (i32.const 9000))))
        (func (export "after") (param i32)
          (global.set $g (global.get $n)) (i32.store (i32.const 9000) (global.get $n))))
      (core instance $i (instantiate $m))
      (func (export "run") (param "n" u32) (result u32)
        (canon lift (core func $i "run") (post-return (core func $i "after")))))`,
  },
  {
    name: 'a memory of 64-bit addresses',
    text: around(
      '(memory i64 1)',
      `(local.set $found (i32.load (i64.const 600))) (i32.store (i64.const 600) (local.get $n))`,
    ),
    unstampable: /64 bits/,
  },
  {
    name: 'a shared memory',
    features: ['shared-memory'],
    text: around(
      '(memory 1 2 shared)',
      `(local.set $found (i32.load (i32.const 600))) (i32.store (i32.const 600) (local.get $n))`,
    ),
    unstampable: /./,
  },
  {
    name: 'a table of structs',
    features: ['gc'],
    text: around(
      `(type $s (struct (field (mut i32)))) (table $t 1 1 (ref null $s))`,
      `(if (i32.eqz (ref.is_null (table.get $t (i32.const 0))))
         (then (local.set $found (struct.get $s 0 (table.get $t (i32.const 0))))))
       (table.set $t (i32.const 0) (struct.new $s (local.get $n)))`,
    ),
    unstampable: /./,
  },
]
