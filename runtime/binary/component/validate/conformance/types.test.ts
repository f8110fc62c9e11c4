/**
 * The rules for types. Long where it is: one list of rules.
 *
 * @module
 */
import { describe } from 'vitest'
import { testRules } from '../testing/rules.ts'

const many = (count: number, each: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => each(i)).join(' ')

describe('value types', () => {
  testRules([
    [
      'have fields in a record',
      '(type (record))',
      'record without',
      '(type (record (field "a" u8)))',
    ],
    [
      'have cases in a variant',
      '(type (variant))',
      'variant without',
      '(type (variant (case "a")))',
    ],
    ['have names in an enum', '(type (enum))', 'enum without', '(type (enum "a"))'],
    ['have names in flags', '(type (flags))', 'flags without', '(type (flags "a"))'],
    ['have elements in a tuple', '(type (tuple))', 'tuple without', '(type (tuple u8))'],
    [
      'have fields of different names',
      '(type (record (field "a-b" u8) (field "A-b" u8)))',
      'second "A-b"',
      '(type (record (field "a-b" u8) (field "a-c" u8)))',
    ],
    [
      'have cases of different names',
      '(type (variant (case "a") (case "A" u8)))',
      'second "A"',
      '(type (variant (case "a") (case "b" u8)))',
    ],
    ['have different flags', '(type (flags "a" "A"))', 'second "A"', '(type (flags "a" "b"))'],
    ['have different names', '(type (enum "a" "A"))', 'second "A"', '(type (enum "a" "b"))'],
    [
      'have kebab-case labels',
      '(type (record (field "isOpen" u8)))',
      'is not kebab-case',
      '(type (record (field "is-open" u8)))',
    ],
    ['refer to types', '(type (list 1))', 'type 1 of 0', '(type u8) (type (list 0))'],
    ['refer to earlier types', '(type (list 0))', 'type 0 of 0', '(type u8) (type (list 0))'],
    [
      'refer to value types',
      '(type (func)) (type (option 0))',
      'type 0 is not a value type',
      '(type (enum "a")) (type (option 0))',
    ],
    [
      'refer to value types where they hold resources',
      '(type (resource (rep i32))) (type (list 0))',
      'type 0 is not a value type',
      '(type (resource (rep i32))) (type (own 0)) (type (list 1))',
    ],
    [
      'own resources only',
      '(type u8) (type (own 0))',
      'type 0 is not a resource',
      '(type (resource (rep i32))) (type (own 0))',
    ],
    [
      'borrow resources only',
      '(type (instance)) (type (borrow 0))',
      'type 0 is not a resource',
      '(type (resource (rep i32))) (type (borrow 0))',
    ],
    ['of fixed length are not empty', '(type (list u8 0))', 'fixed length 0', '(type (list u8 1))'],
    [
      'have keys of maps that compare',
      '(type (map f64 u8))',
      'map with keys of type f64',
      '(type (map char u8))',
    ],
    [
      'carry nothing borrowed in streams',
      '(type (resource (rep i32))) (type (borrow 0)) (type (stream 1))',
      'borrowed handle in a stream',
      '(type (resource (rep i32))) (type (own 0)) (type (stream 1))',
    ],
    [
      'carry nothing borrowed in futures, however deep',
      '(type (resource (rep i32))) (type (borrow 0)) (type (tuple u8 1)) (type (future 2))',
      'borrowed handle in a future',
      '(type (resource (rep i32))) (type (own 0)) (type (tuple u8 1)) (type (future 2))',
    ],
    ['carry no char in streams', '(type (stream char))', 'stream of char', '(type (future char))'],
  ])
})

describe('sizes of types', () => {
  testRules([
    [
      'flags fit 32 bits',
      `(type (flags ${many(33, (i) => `"f${i}"`)}))`,
      'flags',
      `(type (flags ${many(32, (i) => `"f${i}"`)}))`,
    ],
    [
      'a value takes less than 2^28 bytes',
      '(type (list u8 268435456))',
      'type too large for a memory',
      '(type (list u8 268435455))',
    ],
    [
      'addresses count as 64 bits',
      '(type (list string 16777216))',
      'type too large for a memory',
      '(type (list string 16777215))',
    ],
    [
      'fields are aligned',
      '(type (record (field "a" (list u8 268435447)) (field "b" u64)))',
      'type too large for a memory',
      '(type (record (field "a" (list u8 268435440)) (field "b" u64)))',
    ],
    [
      'a variant takes its largest case and the number of the case',
      '(type (variant (case "a" (list u8 268435455)) (case "b")))',
      'type too large for a memory',
      '(type (variant (case "a" (list u8 268435454)) (case "b")))',
    ],
    [
      'products do not overflow',
      '(type (list (list u64 65536) 65536))',
      'type too large for a memory',
      '(type (list (list u8 65536) 4095))',
    ],
    [
      'a type has a bounded number of parts',
      many(18, (i) => (i === 0 ? '(type (tuple u8 u8))' : `(type (tuple ${i - 1} ${i - 1}))`)),
      'type of more than 100000 parts',
      many(14, (i) => (i === 0 ? '(type (tuple u8 u8))' : `(type (tuple ${i - 1} ${i - 1}))`)),
    ],
    [
      'a type has a bounded depth',
      many(101, (i) => (i === 0 ? '(type u8)' : `(type (list ${i - 1}))`)),
      'nested more than 100 deep',
      many(100, (i) => (i === 0 ? '(type u8)' : `(type (list ${i - 1}))`)),
    ],
    [
      'the type of an instance has a bounded depth',
      `(instance) ${many(101, (i) => `(instance (export "i" (instance ${i})))`)}`,
      'types nested more than 100 deep',
      `(instance) ${many(90, (i) => `(instance (export "i" (instance ${i})))`)}`,
    ],
  ])
})

describe('function types', () => {
  testRules([
    [
      'have parameters of different names',
      '(type (func (param "a" u8) (param "A" u8)))',
      'second "A"',
      '(type (func (param "a" u8) (param "b" u8)))',
    ],
    [
      'return nothing borrowed',
      '(type (resource (rep i32))) (type (borrow 0)) (type (func (result 1)))',
      'borrowed handle in a result',
      '(type (resource (rep i32))) (type (own 0)) (type (func (result 1)))',
    ],
    [
      'return nothing borrowed, however deep',
      '(type (resource (rep i32))) (type (borrow 0)) (type (list 1)) (type (func (result (option 2))))',
      'borrowed handle in a result',
      '(type (resource (rep i32))) (type (borrow 0)) (type (list 1)) (type (func (param "p" (option 2))))',
    ],
    [
      'take values',
      '(type (component)) (type (func (param "p" 0)))',
      'type 0 is not a value type',
      '(type string) (type (func (param "p" 0)))',
    ],
  ])
})

describe('types of instances and components', () => {
  testRules([
    [
      'define no resources',
      '(type (component (type (resource (rep i32)))))',
      'resource defined inside a type',
      '(type (component (import "r" (type (sub resource)))))',
    ],
    [
      'refer to function types for functions',
      '(type u8) (import "f" (func (type 0)))',
      'type 0 is not of sort func',
      '(type (func)) (import "f" (func (type 0)))',
    ],
    [
      'refer to instance types for instances',
      '(type (component)) (import "f" (instance (type 0)))',
      'type 0 is not of sort instance',
      '(type (instance)) (import "f" (instance (type 0)))',
    ],
    [
      'refer to component types for components',
      '(type (instance)) (import "f" (component (type 0)))',
      'type 0 is not of sort component',
      '(type (component)) (import "f" (component (type 0)))',
    ],
    [
      'refer to module types for modules',
      '(core type (func)) (import "f" (core module (type 0)))',
      'core type 0 is not of a module',
      '(core type (module)) (import "f" (core module (type 0)))',
    ],
    [
      'refer to types that are there',
      '(import "t" (type (eq 0)))',
      'type 0 of 0',
      '(type u8) (import "t" (type (eq 0)))',
    ],
    [
      'have index spaces of their own',
      '(type u8) (type (instance (export "t" (type (eq 0)))))',
      'type 0 of 0',
      '(type u8) (type (instance (alias outer 1 0 (type)) (export "t" (type (eq 0)))))',
    ],
  ])
})

describe('resources', () => {
  const DTOR = (type: string): string =>
    `(core module $m (func (export "d") ${type} unreachable)) (core instance $i (instantiate $m))
     (alias core export $i "d" (core func $d)) (type (resource (rep i32) (dtor (core func $d))))`
  testRules([
    [
      'have a destructor that takes their representation',
      DTOR('(param i64)'),
      'destructor of type [i64] -> [] where [i32] -> [] belongs',
      DTOR('(param i32)'),
    ],
    [
      'have a destructor without a result',
      DTOR('(param i32) (result i32)'),
      'destructor of type [i32] -> [i32]',
      DTOR('(param i32)'),
    ],
    [
      'have a destructor that is there',
      '(type (resource (rep i32) (dtor (core func 0))))',
      'core func 0 of 0',
      DTOR('(param i32)'),
    ],
    [
      'are made where they are defined',
      '(import "r" (type $r (sub resource))) (core func (canon resource.new $r))',
      'resource.new of a foreign resource',
      '(type $r (resource (rep i32))) (core func (canon resource.new $r))',
    ],
    [
      'tell their representation where they are defined',
      `(component $c (type $r (resource (rep i32))) (export "r" (type $r)))
       (instance $i (instantiate $c)) (alias export $i "r" (type $r))
       (core func (canon resource.rep $r))`,
      'resource.rep of a foreign resource',
      `(component $c (type $r (resource (rep i32))) (export "r" (type $r)))
       (instance $i (instantiate $c)) (alias export $i "r" (type $r))
       (core func (canon resource.drop $r))`,
    ],
    [
      'keep their owner under another name',
      `(type $r (resource (rep i32))) (export $s "s" (type $r) (type (sub resource)))
       (core func (canon resource.rep $s))`,
      'resource.rep of a foreign resource',
      `(type $r (resource (rep i32))) (export $s "s" (type $r)) (core func (canon resource.rep $s))`,
    ],
    [
      'are what is dropped',
      '(type u8) (core func (canon resource.drop 0))',
      'type 0 is not a resource',
      '(import "r" (type (sub resource))) (core func (canon resource.drop 0))',
    ],
  ])
})
