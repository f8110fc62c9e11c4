/**
 * The rules for canonical definitions and their options. Long where it is: one list of rules.
 *
 * @module
 */
import { describe } from 'vitest'
import { testRules } from '../testing/rules.ts'

const MEMORY =
  '(core module $l (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)) (core instance $l (instantiate $l))'
const MEM = '(memory (core memory $l "m"))'
const REALLOC = '(realloc (core func $l "r"))'

/** Lifts a core function of type `core` as `type`. */
function lift(core: string, type: string, options = ''): string {
  return `${MEMORY} (core module $m (func (export "f") ${core} unreachable)
      (func (export "cb") (param i32 i32 i32) (result i32) unreachable)
      (func (export "drop2") (param i32 i32)) (func (export "drop") (param i32)))
    (core instance $i (instantiate $m))
    (func ${type} (canon lift (core func $i "f") ${options}))`
}

/** Lowers a function of type `type` for a core import of type `core`. */
function lower(type: string, core: string, options = ''): string {
  return `${MEMORY} (import "f" (func $f ${type})) (core func $g (canon lower (func $f) ${options}))
    (core module $m (import "" "f" (func ${core})))
    (core instance (instantiate $m (with "" (instance (export "f" (func $g))))))`
}

const params = (count: number): string =>
  Array.from({ length: count }, (_, i) => `(param "p${i}" u32)`).join(' ')

describe('a lifted function', () => {
  testRules([
    [
      'has the parameters of its type',
      lift('(param i32)', '(param "p" u64)'),
      'lifted function of type [i32] -> [] where [i64] -> [] belongs',
      lift('(param i64)', '(param "p" u64)'),
    ],
    [
      'has the result of its type',
      lift('(result i32)', '(result f32)'),
      'where [] -> [f32] belongs',
      lift('(result f32)', '(result f32)'),
    ],
    [
      'takes the cases of a variant in core values that carry each',
      lift('(param i32 i32)', '(param "p" (result u32 (error f64)))'),
      'where [i32 i64] -> [] belongs',
      lift('(param i32 i64)', '(param "p" (result u32 (error f64)))'),
    ],
    [
      'takes the fields of a record one by one',
      lift('(param i32)', '(param "p" (tuple u8 f64))'),
      'where [i32 f64] -> [] belongs',
      lift('(param i32 f64)', '(param "p" (tuple u8 f64))'),
    ],
    [
      'has a memory for parameters behind a pointer',
      lift('(param i32 i32)', '(param "p" string)'),
      'option "memory" is missing',
      lift('(param i32 i32)', '(param "p" string)', `${MEM} ${REALLOC}`),
    ],
    [
      'has a realloc for parameters behind a pointer',
      lift('(param i32 i32)', '(param "p" (list u8))', MEM),
      'option "realloc" is missing',
      lift('(param i32 i32)', '(param "p" (list u8))', `${MEM} ${REALLOC}`),
    ],
    [
      'has a realloc for more than 16 parameters',
      lift('(param i32)', params(17), MEM),
      'option "realloc" is missing',
      lift('(param i32)', params(17), `${MEM} ${REALLOC}`),
    ],
    [
      'takes 16 parameters one by one',
      lift('(param i32)', params(16), `${MEM} ${REALLOC}`),
      'belongs',
      lift(`(param ${'i32 '.repeat(16)})`, params(16)),
    ],
    [
      'has a memory for more than one result',
      lift('(result i32)', '(result (tuple u8 u8))'),
      'option "memory" is missing',
      lift('(result i32)', '(result (tuple u8 u8))', MEM),
    ],
    [
      'refers to a function type',
      `${MEMORY} (type $t (instance)) (canon lift (core func $l "r") (func (type $t)))`,
      'is not a function',
      `${MEMORY} (type $t (func (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (result u32)))
       (canon lift (core func $l "r") (func (type $t)))`,
    ],
    [
      'has a post-return that takes its core results',
      lift('(result i32)', '(result u32)', '(post-return (core func $i "drop2"))'),
      'post-return of type [i32 i32] -> [] where [i32] -> [] belongs',
      lift('(result i32)', '(result u32)', '(post-return (core func $i "drop"))'),
    ],
    [
      'has no post-return when it is asynchronous',
      lift('', 'async', 'async (post-return (core func $i "drop"))'),
      'post-return with async',
      lift('', 'async', 'async'),
    ],
    [
      'is asynchronous only in type async',
      lift('', '', 'async'),
      'option "async" for a function that is not async',
      lift('', 'async', 'async'),
    ],
    [
      'has a callback only when it is asynchronous',
      lift('(result i32)', '(result u32)', '(callback (core func $i "cb"))'),
      'callback without async',
      lift('(result i32)', 'async (result u32)', 'async (callback (core func $i "cb"))'),
    ],
    [
      'has a callback of one type',
      lift('(result i32)', 'async', 'async (callback (core func $i "drop"))'),
      'callback of type [i32] -> [] where [i32 i32 i32] -> [i32] belongs',
      lift('(result i32)', 'async', 'async (callback (core func $i "cb"))'),
    ],
    [
      'returns what to wait for when it has a callback',
      lift('', 'async', 'async (callback (core func $i "cb"))'),
      'lifted function of type [] -> [] where [] -> [i32] belongs',
      lift('(result i32)', 'async', 'async (callback (core func $i "cb"))'),
    ],
  ])
})

describe('a lowered function', () => {
  testRules([
    [
      'has the parameters of its type',
      lower('(param "p" f32)', ''),
      'core import "" "f" is given a func of another type',
      lower('(param "p" f32)', '(param f32)'),
    ],
    [
      'has the result of its type',
      lower('(result s64)', '(result i32)'),
      'is given a func of another type',
      lower('(result s64)', '(result i64)'),
    ],
    [
      'writes more than one result through a pointer',
      lower('(result (tuple u8 u8))', '(result i32)', MEM),
      'is given a func of another type',
      lower('(result (tuple u8 u8))', '(param i32)', MEM),
    ],
    [
      'reads more than 16 parameters from memory',
      lower(params(17), `(param ${'i32 '.repeat(17)})`, MEM),
      'is given a func of another type',
      lower(params(17), '(param i32)', MEM),
    ],
    [
      'has a memory for parameters behind a pointer',
      lower('(param "p" string)', '(param i32 i32)'),
      'option "memory" is missing',
      lower('(param "p" string)', '(param i32 i32)', MEM),
    ],
    [
      'has a memory for more than one result',
      lower('(result (tuple u8 u8))', '(param i32)'),
      'option "memory" is missing',
      lower('(result (tuple u8 u8))', '(param i32)', MEM),
    ],
    [
      'has a realloc for results behind a pointer',
      lower('(result string)', '(param i32)', MEM),
      'option "realloc" is missing',
      lower('(result string)', '(param i32)', `${MEM} ${REALLOC}`),
    ],
    [
      'is asynchronous only in type async',
      lower('', '(result i32)', 'async'),
      'option "async" for a function that is not async',
      lower('async', '(result i32)', 'async'),
    ],
    [
      'reads more than 4 parameters from memory when it is asynchronous',
      lower(`async ${params(5)}`, `(param ${'i32 '.repeat(5)}) (result i32)`, `async ${MEM}`),
      'is given a func of another type',
      lower(`async ${params(5)}`, '(param i32) (result i32)', `async ${MEM}`),
    ],
    [
      'has a memory for its result when it is asynchronous',
      lower('async (result u8)', '(param i32) (result i32)', 'async'),
      'option "memory" is missing',
      lower('async (result u8)', '(param i32) (result i32)', `async ${MEM}`),
    ],
    [
      'has no post-return',
      lower('', '', '(post-return (core func $l "r"))'),
      'post-return or callback of lowered functions',
      lower('', ''),
    ],
  ])
})

describe('canonical options', () => {
  const withOptions = (options: string): string =>
    `${MEMORY} (import "f" (func $f)) (core func (canon lower (func $f) ${options}))`
  testRules([
    [
      'have one encoding',
      withOptions('string-encoding=utf8 string-encoding=utf16'),
      'given twice',
      withOptions('string-encoding=utf16'),
    ],
    ['have one memory', withOptions(`${MEM} ${MEM}`), 'given twice', withOptions(MEM)],
    [
      'have one realloc',
      withOptions(`${MEM} ${REALLOC} ${REALLOC}`),
      'given twice',
      withOptions(`${MEM} ${REALLOC}`),
    ],
    [
      'have a memory with a realloc',
      withOptions(REALLOC),
      '"realloc" without "memory"',
      withOptions(`${MEM} ${REALLOC}`),
    ],
    [
      'have a realloc of one type',
      `(core module $m (memory (export "m") 1) (func (export "r") (param i32 i32) (result i32) unreachable))
       (core instance $l (instantiate $m)) (import "f" (func $f))
       (core func (canon lower (func $f) ${MEM} ${REALLOC}))`,
      'realloc of type [i32 i32] -> [i32] where [i32 i32 i32 i32] -> [i32] belongs',
      withOptions(`${MEM} ${REALLOC}`),
    ],
    [
      'refer to a memory that is there',
      withOptions('(memory 1)'),
      'core memory 1 of 0',
      withOptions(MEM),
    ],
    [
      'refer to a memory with addresses of 32 bits',
      withOptions(MEM).replace('(memory (export "m") 1)', '(memory (export "m") i64 1)'),
      'memory 0 has addresses of 64 bits',
      withOptions(MEM),
    ],
    [
      'refer to a memory of one thread',
      withOptions(MEM).replace('(memory (export "m") 1)', '(memory (export "m") 1 2 shared)'),
      'memory 0 is shared',
      withOptions(MEM).replace('(memory (export "m") 1)', '(memory (export "m") 1 2)'),
    ],
    [
      'lower a function that is there',
      '(core func (canon lower (func 0)))',
      'function 0 of 0',
      withOptions(''),
    ],
    [
      'lift a core function that is there',
      '(type $t (func)) (func (type $t) (canon lift (core func 0)))',
      'core func 0 of 0',
      lift('', ''),
    ],
  ])
})

describe('built-ins', () => {
  testRules([
    [
      'of handles take resources',
      '(type u8) (core func (canon resource.drop 0))',
      'type 0 is not a resource',
      '(type (resource (rep i32))) (core func (canon resource.drop 0))',
    ],
    [
      'have the type they have',
      `(type $r (resource (rep i32))) (core func $n (canon resource.new $r))
       (core module $m (import "" "n" (func (param i32))))
       (core instance (instantiate $m (with "" (instance (export "n" (func $n))))))`,
      'core import "" "n" is given a func of another type',
      `(type $r (resource (rep i32))) (core func $n (canon resource.new $r))
       (core module $m (import "" "n" (func (param i32) (result i32))))
       (core instance (instantiate $m (with "" (instance (export "n" (func $n))))))`,
    ],
    [
      'have two context slots',
      '(core func (canon context.get i32 2))',
      'context slot 2 of 2',
      '(core func (canon context.get i32 1))',
    ],
    [
      'of streams take streams',
      '(type (future u8)) (core func (canon stream.new 0))',
      'stream.new of a type that is no stream',
      '(type (stream u8)) (core func (canon stream.new 0))',
    ],
    [
      'that read have a memory',
      '(type (stream u8)) (core func (canon stream.read 0))',
      'option "memory" is missing',
      `${MEMORY} (type (stream u8)) (core func (canon stream.read 0 ${MEM}))`,
    ],
    [
      'that return pass a result in memory when it lies there',
      '(core func (canon task.return (result string)))',
      'option "memory" is missing',
      `${MEMORY} (core func (canon task.return (result string) ${MEM}))`,
    ],
    [
      'that return need no realloc',
      `${MEMORY} (core func (canon task.return (result string) ${MEM} ${REALLOC}))`,
      'async or realloc of task.return',
      `${MEMORY} (core func (canon task.return (result string) ${MEM}))`,
    ],
    [
      'that return return nothing borrowed',
      '(type (resource (rep i32))) (type (borrow 0)) (core func (canon task.return (result 1)))',
      'borrowed handle in a result',
      '(type (resource (rep i32))) (type (own 0)) (core func (canon task.return (result 1)))',
    ],
    [
      'that wait have a memory',
      '(core func (canon waitable-set.wait (memory 0)))',
      'core memory 0 of 0',
      `${MEMORY} (core func (canon waitable-set.wait ${MEM}))`,
    ],
  ])
})
