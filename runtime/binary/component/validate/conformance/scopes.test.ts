/**
 * The rules for indices, aliases and core instances. Long where it is: one list of rules.
 *
 * @module
 */
import { describe } from 'vitest'
import { testRules } from '../testing/rules.ts'

describe('aliases', () => {
  const INSTANCE =
    '(import "i" (instance $i (export "f" (func)) (export "t" (type (sub resource)))))'
  testRules([
    [
      'refer to an instance that is there',
      '(alias export 0 "f" (func))',
      'instance 0 of 0',
      `${INSTANCE} (alias export 0 "f" (func))`,
    ],
    [
      'refer to an export that is there',
      `${INSTANCE} (alias export $i "g" (func))`,
      'instance 0 has no export "g"',
      `${INSTANCE} (alias export $i "f" (func))`,
    ],
    [
      'say the sort of the export',
      `${INSTANCE} (alias export $i "f" (type))`,
      'alias of sort type refers to sort func',
      `${INSTANCE} (alias export $i "t" (type))`,
    ],
    [
      'refer to an export of a core instance that is there',
      '(core module $m) (core instance $i (instantiate $m)) (alias core export $i "f" (core func))',
      'core instance 0 has no export "f"',
      '(core module $m (func (export "f"))) (core instance $i (instantiate $m)) (alias core export $i "f" (core func))',
    ],
    [
      'say the sort of the core export',
      '(core module $m (func (export "f"))) (core instance $i (instantiate $m)) (alias core export $i "f" (core memory))',
      'alias of sort core memory refers to sort core func',
      '(core module $m (memory (export "f") 1)) (core instance $i (instantiate $m)) (alias core export $i "f" (core memory))',
    ],
    [
      'go no further out than there is',
      '(component (alias outer 2 0 (type)))',
      'alias 2 scopes outward of 1',
      '(type u8) (component (alias outer 1 0 (type)))',
    ],
    [
      'refer to what is defined before, outside too',
      '(component (alias outer 1 0 (type))) (type u8)',
      'type 0 of 0',
      '(type u8) (component (alias outer 1 0 (type)))',
    ],
    [
      'refer to modules that are there',
      '(component (alias outer 1 0 (core module)))',
      'core module 0 of 0',
      '(core module) (component (alias outer 1 0 (core module)))',
    ],
    [
      'refer to components that are there: none contains itself',
      '(component (component (alias outer 1 0 (component))))',
      'component 0 of 0',
      '(component (component) (component (alias outer 1 0 (component))))',
    ],
    [
      'refer to core types that are there',
      '(component (alias outer 1 0 (core type)))',
      'core type 0 of 0',
      '(core type (func)) (component (alias outer 1 0 (core type)))',
    ],
    [
      'take no resource into a component',
      '(type $r (resource (rep i32))) (component (alias outer 1 0 (type)))',
      'which refers to a resource',
      '(type $r (resource (rep i32))) (type (instance (alias outer 1 0 (type))))',
    ],
    [
      'take nothing into a component that has a resource in it',
      '(import "r" (type $r (sub resource))) (type (func (param "p" (list (own $r))))) (component (alias outer 1 1 (type)))',
      'which refers to a resource',
      '(import "r" (type $r (sub resource))) (type (func (param "p" (list u8)))) (component (alias outer 1 1 (type)))',
    ],
    [
      'take in what brings its resources along',
      `(import "r" (type $r (sub resource))) (type (instance (alias outer 1 0 (type)) (export "r" (type (eq 0)))))
       (component (alias outer 1 1 (type)))`,
      'which refers to a resource',
      '(type (instance (export "r" (type (sub resource))))) (component (alias outer 1 0 (type)))',
    ],
    [
      'inside a type refer to types and instances',
      '(type (component (import "i" (instance $i (export "f" (func)))) (alias export $i "f" (func))))',
      'alias of sort func inside a type',
      `(type (component (import "i" (instance $i (export "t" (type (sub resource))) (export "j" (instance))))
         (alias export $i "t" (type)) (alias export $i "j" (instance))))`,
    ],
    [
      'out of a type refer to types',
      '(component) (type (instance (alias outer 1 0 (component))))',
      'alias of sort component inside a type',
      '(type u8) (type (instance (alias outer 1 0 (type))))',
    ],
  ])
})

describe('definitions', () => {
  testRules([
    [
      'export what is there',
      '(export "f" (func 0))',
      'function 0 of 0',
      '(import "f" (func)) (export "f" (func 0))',
    ],
    [
      'export types that are there',
      '(export "f" (type 3))',
      'type 3 of 0',
      '(type u8) (export "f" (type 0))',
    ],
    [
      'export components that are there',
      '(export "f" (component 0))',
      'component 0 of 0',
      '(component) (export "f" (component 0))',
    ],
    [
      'export modules that are there',
      '(export "f" (core module 0))',
      'core module 0 of 0',
      '(core module) (export "f" (core module 0))',
    ],
    [
      'export instances that are there',
      '(export "f" (instance 0))',
      'instance 0 of 0',
      '(instance) (export "f" (instance 0))',
    ],
    [
      'instantiate components that are there',
      '(instance (instantiate 0))',
      'component 0 of 0',
      '(component) (instance (instantiate 0))',
    ],
    [
      'instantiate modules that are there',
      '(core instance (instantiate 0))',
      'core module 0 of 0',
      '(core module) (core instance (instantiate 0))',
    ],
    [
      'are checked in components that are never instantiated',
      '(component (component (export "f" (func 0))))',
      'function 0 of 0',
      '(component (component (import "f" (func)) (export "g" (func 0))))',
    ],
  ])
})

describe('core instances', () => {
  const instantiate = (imported: string, exported: string): string =>
    `(core module $a ${exported}) (core instance $a (instantiate $a))
     (core module $b (import "x" "y" ${imported})) (core instance (instantiate $b (with "x" (instance $a))))`
  testRules([
    [
      'are given all that is imported',
      '(core module $b (import "x" "y" (func))) (core instance (instantiate $b))',
      'core module lacks its import "x" "y"',
      instantiate('(func)', '(func (export "y"))'),
    ],
    [
      'are given it in its sort',
      instantiate('(func)', '(memory (export "y") 1)'),
      'core import "x" "y" is given a memory, not a func',
      instantiate('(memory 1)', '(memory (export "y") 1)'),
    ],
    [
      'are given functions of their type',
      instantiate('(func (param i32))', '(func (export "y"))'),
      'is given a func of another type',
      instantiate('(func (param i32))', '(func (export "y") (param i32))'),
    ],
    [
      'are given memories that are large enough',
      instantiate('(memory 2)', '(memory (export "y") 1)'),
      'is given a memory of another type',
      instantiate('(memory 2)', '(memory (export "y") 2)'),
    ],
    [
      'are given tables that do not grow too large',
      instantiate('(table 0 4 funcref)', '(table (export "y") 1 funcref)'),
      'is given a table of another type',
      instantiate('(table 0 4 funcref)', '(table (export "y") 1 3 funcref)'),
    ],
    [
      'are given globals of their type',
      instantiate('(global i64)', '(global (export "y") i32 (i32.const 0))'),
      'is given a global of another type',
      instantiate(
        '(global i64)',
        '(global i32 (i32.const 0)) (global (export "y") i64 (i64.const 0))',
      ),
    ],
    [
      'are given each instance once',
      `(core module $a (func (export "y"))) (core instance $a (instantiate $a)) (core module $b)
       (core instance (instantiate $b (with "x" (instance $a)) (with "x" (instance $a))))`,
      'second "x"',
      `(core module $a (func (export "y"))) (core instance $a (instantiate $a)) (core module $b)
       (core instance (instantiate $b (with "x" (instance $a)) (with "z" (instance $a))))`,
    ],
    [
      'that are made of items have different names',
      `(core module $a (func (export "y"))) (core instance $a (instantiate $a))
       (alias core export $a "y" (core func $f)) (core instance (export "a" (func $f)) (export "a" (func $f)))`,
      'second "a"',
      `(core module $a (func (export "y"))) (core instance $a (instantiate $a))
       (alias core export $a "y" (core func $f)) (core instance (export "a" (func $f)) (export "A" (func $f)))`,
    ],
  ])
})

describe('core modules and their types', () => {
  testRules([
    [
      'import every name once',
      '(core module (import "a" "b" (func)) (import "a" "b" (func)))',
      'second import "a" "b"',
      '(core module (import "a" "b" (func)) (import "a" "c" (func)))',
    ],
    [
      'are declared to import every name once',
      '(core type (module (import "a" "b" (func)) (import "a" "b" (global i32))))',
      'second import "a" "b"',
      '(core type (module (import "a" "b" (func)) (import "b" "a" (global i32))))',
    ],
    [
      'are declared to export every name once',
      '(core type (module (export "a" (func)) (export "a" (func))))',
      'second export "a"',
      '(core type (module (export "a" (func)) (export "A" (func))))',
    ],
    [
      'are declared with types that are there',
      '(core type (module (export "a" (func (type 1)))))',
      'core type 1 of 0',
      '(core type (module (type (func)) (export "a" (func (type 0)))))',
    ],
    [
      'are declared with types of their own',
      '(core type (func)) (core type (module (export "a" (func (type 0)))))',
      'core type 0 of 0',
      '(core type (func)) (core type (module (alias outer 1 0 (type)) (export "a" (func (type 0)))))',
    ],
    [
      'are declared with memories that fit 32 bits',
      '(core type (module (export "a" (memory 65537))))',
      'memory of more than 65536 pages',
      '(core type (module (export "a" (memory 65536))))',
    ],
    [
      'are declared with limits in order',
      '(core type (module (export "a" (table 2 1 funcref))))',
      'maximum is less than its minimum',
      '(core type (module (export "a" (table 1 2 funcref))))',
    ],
    [
      'are checked inside types',
      '(type (instance (core type (module (export "a" (func)) (export "a" (func))))))',
      'second export "a"',
      '(type (instance (core type (module (export "a" (func)) (export "b" (func))))))',
    ],
  ])
})
