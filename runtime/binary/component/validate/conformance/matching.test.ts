/**
 * The rules for arguments of imports and for types of exports. Long because it is one list of rules.
 *
 * @module
 */
import { describe } from 'vitest'
import { testRules, type Rule } from '../testing/rules.ts'

/** Passes an item of type `given` to a component that imports `wanted`. */
function pass(rule: string, given: string, wanted: string, message: string, fits: string): Rule {
  const component = (type: string): string =>
    `(import "x" ${given}) (component $c (import "y" ${type}))
     (instance (instantiate $c (with "y" ITEM)))`
  const item = /^\((core module|\w+)/.exec(given)?.[1] ?? ''
  const reference = `(${item} 0)`
  return [
    rule,
    component(wanted).replace('ITEM', reference),
    message,
    component(fits).replace('ITEM', reference),
  ]
}

const OTHER = 'function "y" has another type than declared'

describe('an argument fits its import', () => {
  testRules([
    [
      'and is there',
      '(component $c (import "y" (func))) (instance (instantiate $c))',
      'argument "y" is missing',
      '(import "f" (func $f)) (component $c (import "y" (func))) (instance (instantiate $c (with "y" (func $f))))',
    ],
    [
      'and is there once',
      `(import "f" (func $f)) (component $c (import "y" (func)))
       (instance (instantiate $c (with "y" (func $f)) (with "y" (func $f))))`,
      'second "y"',
      `(import "f" (func $f)) (component $c (import "y" (func)))
       (instance (instantiate $c (with "y" (func $f)) (with "z" (func $f))))`,
    ],
    pass('in its sort', '(func)', '(instance)', 'is of sort func where instance belongs', '(func)'),
    pass(
      'in its parameters',
      '(func (param "a" u8))',
      '(func (param "a" s8))',
      OTHER,
      '(func (param "a" u8))',
    ),
    pass(
      'in their names',
      '(func (param "a" u8))',
      '(func (param "b" u8))',
      OTHER,
      '(func (param "a" u8))',
    ),
    pass('in their number', '(func (param "a" u8))', '(func)', OTHER, '(func (param "a" u8))'),
    pass('in its result', '(func (result u8))', '(func)', OTHER, '(func (result u8))'),
    pass(
      'in the depth of its result',
      '(func (result (list u8)))',
      '(func (result (list (list u8))))',
      OTHER,
      '(func (result (list u8)))',
    ),
    pass(
      'in whether a case has a payload',
      '(func (result (result u8)))',
      '(func (result (result (error u8))))',
      OTHER,
      '(func (result (result u8)))',
    ),
    pass(
      'in the length of lists',
      '(func (result (list u8 2)))',
      '(func (result (list u8)))',
      OTHER,
      '(func (result (list u8 2)))',
    ),
    pass('in being asynchronous', '(func async)', '(func)', OTHER, '(func async)'),
    pass(
      'in what an instance has',
      '(instance (export "a" (func)))',
      '(instance (export "b" (func)))',
      'instance "y" lacks "b"',
      '(instance)',
    ),
    pass(
      'in what an instance has inside',
      '(instance (export "a" (instance (export "b" (func (result u8))))))',
      '(instance (export "a" (instance (export "b" (func)))))',
      'function "b" has another type',
      '(instance (export "a" (instance)))',
    ),
    pass(
      'in what types an instance has',
      '(instance (type $e (enum "a")) (export "e" (type (eq $e))))',
      '(instance (type $e (enum "b")) (export "e" (type (eq $e))))',
      'type "e" is another one than declared',
      '(instance (type $e (enum "a")) (export "e" (type (eq $e))))',
    ),
    pass(
      'in what a component needs',
      '(component (import "a" (func)))',
      '(component)',
      'component "y" imports "a", which is not declared',
      '(component (import "a" (func)) (import "b" (func)))',
    ),
    pass(
      'in what a component needs it for',
      '(component (import "a" (instance (export "f" (func)))))',
      '(component (import "a" (instance)))',
      'instance "a" lacks "f"',
      '(component (import "a" (instance (export "f" (func)) (export "g" (func)))))',
    ),
    pass(
      'in what a component gives',
      '(component (export "a" (func)))',
      '(component (export "b" (func)))',
      'component "y" lacks "b"',
      '(component)',
    ),
    pass(
      'in the resources of a component',
      '(component (import "r" (type $r (sub resource))) (export "s" (type (eq $r))))',
      `(component (import "r" (type $r (sub resource))) (import "q" (type $q (sub resource)))
         (export "s" (type (eq $q))))`,
      'type "s" is another one',
      `(component (import "r" (type $r (sub resource))) (import "q" (type $q (sub resource)))
         (export "s" (type (eq $r))))`,
    ),
    pass(
      'in what a component makes of its imports',
      '(component (import "r" (type $r (sub resource))) (export "s" (type (sub resource))))',
      '(component (import "r" (type $r (sub resource))) (export "s" (type (eq $r))))',
      'type "s" is another one',
      '(component (import "r" (type $r (sub resource))) (export "s" (type (sub resource))))',
    ),
  ])
})

describe('resources are what they were', () => {
  const TWO = '(import "a" (type $a (sub resource))) (import "b" (type $b (sub resource)))'
  testRules([
    [
      'when two imports are declared to be one',
      `${TWO} (component $c (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $c (with "x" (type $a)) (with "y" (type $b))))`,
      'type "y" is another one than declared',
      `${TWO} (component $c (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $c (with "x" (type $a)) (with "y" (type $a))))`,
    ],
    [
      'when a function takes a handle',
      `${TWO} (import "f" (func $f (param "p" (borrow $b))))
       (component $c (import "x" (type $x (sub resource))) (import "f" (func (param "p" (borrow $x)))))
       (instance (instantiate $c (with "x" (type $a)) (with "f" (func $f))))`,
      'function "f" has another type',
      `${TWO} (import "f" (func $f (param "p" (borrow $b))))
       (component $c (import "x" (type $x (sub resource))) (import "f" (func (param "p" (borrow $x)))))
       (instance (instantiate $c (with "x" (type $b)) (with "f" (func $f))))`,
    ],
    [
      'when a handle is owned or borrowed',
      `${TWO} (import "f" (func $f (param "p" (own $a))))
       (component $c (import "x" (type $x (sub resource))) (import "f" (func (param "p" (borrow $x)))))
       (instance (instantiate $c (with "x" (type $a)) (with "f" (func $f))))`,
      'function "f" has another type',
      `${TWO} (import "f" (func $f (param "p" (own $a))))
       (component $c (import "x" (type $x (sub resource))) (import "f" (func (param "p" (own $x)))))
       (instance (instantiate $c (with "x" (type $a)) (with "f" (func $f))))`,
    ],
    [
      'and nothing else is one',
      '(component $c (import "x" (type (sub resource)))) (type $t u8) (instance (instantiate $c (with "x" (type $t))))',
      'type "x" is not a resource',
      '(component $c (import "x" (type (sub resource)))) (type $t (resource (rep i32))) (instance (instantiate $c (with "x" (type $t))))',
    ],
    [
      'and each instance has its own',
      `(component $c (type $r (resource (rep i32))) (export "r" (type $r)))
       (instance $a (instantiate $c)) (instance $b (instantiate $c))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $a "r")) (with "y" (type $b "r"))))`,
      'type "y" is another one than declared',
      `(component $c (type $r (resource (rep i32))) (export "r" (type $r)))
       (instance $a (instantiate $c)) (instance $b (instantiate $c))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $b "r")) (with "y" (type $b "r"))))`,
    ],
    [
      'and each imported instance of a type has its own',
      `(type $i (instance (export "r" (type (sub resource)))))
       (import "a" (instance $a (type $i))) (import "b" (instance $b (type $i)))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $a "r")) (with "y" (type $b "r"))))`,
      'type "y" is another one than declared',
      `(type $i (instance (export "r" (type (sub resource)))))
       (import "a" (instance $a (type $i))) (import "b" (instance $b (type $i)))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $a "r")) (with "y" (type $a "r"))))`,
    ],
    [
      'and are another one under an export that does not tell which',
      `(type $r (resource (rep i32))) (export $s "s" (type $r) (type (sub resource)))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $r)) (with "y" (type $s))))`,
      'type "y" is another one than declared',
      `(type $r (resource (rep i32))) (export $s "s" (type $r))
       (component $e (import "x" (type $x (sub resource))) (import "y" (type (eq $x))))
       (instance (instantiate $e (with "x" (type $r)) (with "y" (type $s))))`,
    ],
  ])
})

describe('an export fits what it is declared to be', () => {
  testRules([
    [
      'in its sort',
      '(import "f" (func $f)) (export "g" (func $f) (instance))',
      'is of sort func where instance belongs',
      '(import "f" (func $f)) (export "g" (func $f) (func))',
    ],
    [
      'in its type',
      '(import "f" (func $f)) (export "g" (func $f) (func (result u8)))',
      'function "g" has another type than declared',
      '(import "f" (func $f)) (export "g" (func $f) (func))',
    ],
    [
      'and shows no more than that',
      `(import "i" (instance $i (export "f" (func))))
       (export $e "e" (instance $i) (instance)) (export "f" (func $e "f"))`,
      'instance 1 has no export "f"',
      `(import "i" (instance $i (export "f" (func))))
       (export $e "e" (instance $i) (instance (export "f" (func)))) (export "f" (func $e "f"))`,
    ],
    [
      'in the types of an instance',
      '(type $t u8) (instance $i (export "t" (type $t))) (export "e" (instance $i) (instance (export "t" (type (sub resource)))))',
      'type "t" is not a resource',
      `(type $t (resource (rep i32))) (instance $i (export "t" (type $t)))
       (export "e" (instance $i) (instance (export "t" (type (sub resource)))))`,
    ],
  ])
})

describe('a core module fits what is declared', () => {
  const passed = (given: string, wanted: string): string =>
    `(core module $m ${given}) (component $c (import "m" (core module ${wanted})))
     (instance (instantiate $c (with "m" (core module $m))))`
  const rule = (
    name: string,
    given: string,
    wanted: string,
    message: string,
    fits: string,
  ): Rule => [name, passed(given, wanted), message, passed(given, fits)]
  const EXPORT = 'its export "x" has another type than declared'
  testRules([
    rule('in its exports', '', '(export "x" (func))', 'it lacks the export "x"', ''),
    rule(
      'in the sort of exports',
      '(func (export "x"))',
      '(export "x" (memory 1))',
      EXPORT,
      '(export "x" (func))',
    ),
    rule(
      'in functions',
      '(func (export "x"))',
      '(export "x" (func (param i32)))',
      EXPORT,
      '(export "x" (func))',
    ),
    rule(
      'in the type of globals',
      '(global (export "x") f32 (f32.const 0))',
      '(export "x" (global f64))',
      EXPORT,
      '(export "x" (global f32))',
    ),
    rule(
      'in the mutability of globals',
      '(global (export "x") i32 (i32.const 0))',
      '(export "x" (global (mut i32)))',
      EXPORT,
      '(export "x" (global i32))',
    ),
    rule(
      'in the elements of tables',
      '(table (export "x") 1 funcref)',
      '(export "x" (table 1 externref))',
      EXPORT,
      '(export "x" (table 1 funcref))',
    ),
    rule(
      'in the least size of tables',
      '(table (export "x") 1 funcref)',
      '(export "x" (table 2 funcref))',
      EXPORT,
      '(export "x" (table 0 funcref))',
    ),
    rule(
      'in the greatest size of memories',
      '(memory (export "x") 1 4)',
      '(export "x" (memory 1 3))',
      EXPORT,
      '(export "x" (memory 1 5))',
    ),
    rule(
      'in having a greatest size',
      '(memory (export "x") 1)',
      '(export "x" (memory 1 3))',
      EXPORT,
      '(export "x" (memory 1))',
    ),
    rule(
      'in memories being shared',
      '(memory (export "x") 1 2 shared)',
      '(export "x" (memory 1 2))',
      EXPORT,
      '(export "x" (memory 1 2 shared))',
    ),
    rule(
      'in tags',
      '(tag (export "x") (param i32))',
      '(export "x" (tag))',
      EXPORT,
      '(export "x" (tag (param i32)))',
    ),
    rule(
      'in its imports',
      '(import "a" "b" (func))',
      '',
      'its import "a" "b" is not declared',
      '(import "a" "b" (func))',
    ),
    rule(
      'in the type of imports',
      '(import "a" "b" (memory 2))',
      '(import "a" "b" (memory 1))',
      'its import "a" "b" has another type than declared',
      '(import "a" "b" (memory 3))',
    ),
  ])
})
