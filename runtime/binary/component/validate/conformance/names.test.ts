/**
 * The rules for names. Long where it is: one list of rules.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { refusal, testRules, type Rule } from '../testing/rules.ts'

const name = (name: string): string => `(import ${JSON.stringify(name)} (func))`
const BREAKS = 'breaks the rules'

describe('names of imports and exports', () => {
  const spelling: [rule: string, refused: string, accepted: string][] = [
    ['are not empty', '', 'x'],
    ['begin with a letter', '7zip', 'zip7'],
    ['have words of one case', 'parseXml', 'parse-XML'],
    ['do not end in a hyphen', 'parse-', 'parse'],
    ['have no two hyphens in a row', 'a--b', 'a-b'],
    ['have no other characters', 'a_b', 'a-b'],
    ['may have words that begin with a digit, but the first', 'a-1B2b', 'a-1b-2B'],
    ['of interfaces have a namespace', 'clock/now', 'acme:clock/now'],
    ['of interfaces have a package', 'acme:/now', 'acme:clock/now'],
    ['of interfaces name the interface', 'acme:clock', 'acme:clock/now'],
    ['of interfaces have a namespace in lower case', 'ACME:clock/now', 'acme-1:clock/now'],
    ['of interfaces have a package in lower case', 'acme:Clock/now', 'acme:clock-2/now'],
    ['of interfaces end in a label', 'acme:clock/noW', 'acme:clock/NOW'],
    ['of interfaces have one namespace', 'acme:time:clock/now', 'acme:clock/now'],
    ['of interfaces have one projection', 'acme:clock/now/utc', 'acme:clock/now-utc'],
    ['have a version behind @', 'acme:clock/now@', 'acme:clock/now@0.0.1'],
    ['have a version of three numbers', 'acme:clock/now@1.2.', 'acme:clock/now@1.2.3'],
    ['have a version of numbers', 'acme:clock/now@1.x.3', 'acme:clock/now@1.20.3'],
    ['have a version without leading zeros', 'acme:clock/now@1.02.3', 'acme:clock/now@1.2.3'],
    ['name the pre-release they have', 'acme:clock/now@1.2.3-', 'acme:clock/now@1.2.3-rc.1'],
    ['name the build they have', 'acme:clock/now@1.2.3+', 'acme:clock/now@1.2.3-rc.1+b.07'],
    ['of dependencies close their brackets', 'url=<https://x', 'url=<https://x>'],
    ['of dependencies name a package', 'locked-dep=<acme>', 'locked-dep=<acme:clock@1.0.0>'],
    ['of dependencies end in a hash', 'url=<x>,md5=<0>', 'url=<x>,integrity=<sha256-AA==>'],
    ['have no unknown annotation', '[getter]a', 'a'],
  ]
  testRules(
    spelling.map(([rule, refused, accepted]) => [rule, name(refused), BREAKS, name(accepted)]),
  )

  it('are read in a time that does not explode', async () => {
    const start = performance.now()
    expect(await refusal(name(`a${'-1'.repeat(5000)}!`))).toMatchObject({
      message: expect.stringContaining(BREAKS),
    })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  testRules([
    [
      'are checked in component types',
      `(type (component (import "nO" (func))))`,
      BREAKS,
      `(type (component (import "NO" (func))))`,
    ],
    [
      'are checked in instance types',
      `(type (instance (export "nO" (func))))`,
      BREAKS,
      `(type (instance (export "NO" (func))))`,
    ],
    [
      'are checked in instances made of items',
      `(import "f" (func $f)) (instance (export "f_" (func $f)))`,
      BREAKS,
      `(import "f" (func $f)) (instance (export "f" (func $f)))`,
    ],
    [
      'of dependencies are for imports only',
      `(import "f" (func $f)) (export "url=<x>" (func $f))`,
      'has the name of a dependency',
      `(import "f" (func $f)) (export "x" (func $f))`,
    ],
  ])
})

describe('names in one scope', () => {
  const alike = (first: string, second: string): string => `${name(first)} ${name(second)}`
  const rules: Rule[] = [
    ['differ', alike('a', 'a'), 'second import "a"', alike('a', 'b')],
    [
      'differ in more than case',
      alike('to-XML', 'TO-xml'),
      'differs too little from "to-XML"',
      alike('to-XML', 'to-xml2'),
    ],
    [
      'of interfaces differ in more than case',
      alike('a:b/c', 'a:b/C'),
      'differs too little',
      alike('a:b/c', 'a:b/c@1.0.0'),
    ],
    [
      'differ in component types',
      `(type (component (import "x" (func)) (import "X" (func))))`,
      'import "X" differs too little from "x"',
      `(type (component (import "x" (func)) (export "X" (func))))`,
    ],
    [
      'differ in instance types',
      `(type (instance (export "x" (func)) (export "X" (func))))`,
      'export "X" differs too little from "x"',
      `(type (instance (export "x" (func)) (export "y" (func))))`,
    ],
    [
      'differ in instances made of items',
      `(import "f" (func $f)) (instance (export "x" (func $f)) (export "X" (func $f)))`,
      'differs too little',
      `(import "f" (func $f)) (instance (export "x" (func $f)) (export "y" (func $f)))`,
    ],
    [
      'differ among exports, not from imports',
      `(import "f" (func $f)) (export "g" (func $f)) (export "G" (func $f))`,
      'export "G" differs too little from "g"',
      `(import "f" (func $f)) (export "f" (func $f)) (export "g" (func $f))`,
    ],
    [
      'of methods are not that of their resource',
      `(import "r" (type $r (sub resource)))
       (import "[method]r.r" (func (param "self" (borrow $r))))`,
      'differs too little from "r"',
      `(import "r" (type $r (sub resource)))
       (import "[constructor]r" (func (result (own $r))))
       (import "[method]r.s" (func (param "self" (borrow $r))))`,
    ],
    [
      'of methods and static functions differ',
      `(import "r" (type $r (sub resource)))
       (import "[method]r.get" (func (param "self" (borrow $r)))) (import "[static]r.GET" (func))`,
      'differs too little from "[method]r.get"',
      `(import "r" (type $r (sub resource)))
       (import "[method]r.get" (func (param "self" (borrow $r)))) (import "get" (func))`,
    ],
  ]
  testRules(rules)
})

describe('names of what belongs to a resource', () => {
  const RESOURCE = '(import "r" (type $r (sub resource)))'
  const method = (type: string): string => `${RESOURCE} (import "[method]r.do" (func ${type}))`
  const constructor = (type: string): string =>
    `${RESOURCE} (import "[constructor]r" (func ${type}))`
  testRules([
    [
      'have a member',
      `${RESOURCE} (import "[static]r" (func))`,
      BREAKS,
      `${RESOURCE} (import "[static]r.do" (func))`,
    ],
    [
      'have one member',
      `${RESOURCE} (import "[static]r.do.it" (func))`,
      BREAKS,
      `${RESOURCE} (import "[static]r.do-it" (func))`,
    ],
    [
      'are for functions',
      `${RESOURCE} (import "[static]r.do" (instance))`,
      'is of sort instance, not a function',
      `${RESOURCE} (import "[static]r.do" (func))`,
    ],
    [
      'name a resource that is there before',
      `(import "[static]r.do" (func)) ${RESOURCE}`,
      'belongs to no resource of this scope',
      `${RESOURCE} (import "[static]r.do" (func))`,
    ],
    [
      'name a resource of imports among imports',
      `(type $x (resource (rep i32))) (export "r" (type $x)) (import "[static]r.do" (func))`,
      'belongs to no resource of this scope',
      `(import "f" (func $f)) (type $x (resource (rep i32))) (export "r" (type $x))
       (export "[static]r.do" (func $f))`,
    ],
    [
      'of methods take self first',
      method('(param "this" (borrow $r))'),
      'does not take "self"',
      method('(param "self" (borrow $r)) (param "this" u8)'),
    ],
    [
      'of methods take a borrowed handle',
      method('(param "self" (own $r))'),
      'a borrowed handle',
      method('(param "self" (borrow $r))'),
    ],
    [
      'of methods take a handle of their resource',
      `(import "s" (type $s (sub resource))) ${method('(param "self" (borrow $s))')}`,
      'is named "s"',
      `(import "s" (type $s (sub resource))) ${method('(param "self" (borrow $r))')}`,
    ],
    [
      'of methods take a handle of a resource with a name',
      `(import "i" (instance $i (export "r" (type (sub resource))))) (alias export $i "r" (type $r))
       (import "[method]r.do" (func (param "self" (borrow $r))))`,
      'has no name in this scope',
      `(import "i" (instance (export "r" (type $r (sub resource)))
         (export "[method]r.do" (func (param "self" (borrow $r))))))`,
    ],
    [
      'of constructors return something',
      constructor(''),
      'does not return what it makes',
      constructor('(result (own $r))'),
    ],
    [
      'of constructors return an owned handle, or fail',
      constructor('(result (result string (error (own $r))))'),
      'does not return what it makes',
      constructor('(result (result (own $r) (error string)))'),
    ],
    [
      'of constructors return their own resource',
      `(import "s" (type $s (sub resource))) ${constructor('(result (own $s))')}`,
      'is named "s"',
      `(import "s" (type $s (sub resource))) ${constructor('(param "of" (own $s)) (result (own $r))')}`,
    ],
    [
      'are not for instances made of items: they give resources no names',
      `${RESOURCE} (import "f" (func $f (result (own $r))))
       (instance (export "r" (type $r)) (export "[constructor]r" (func $f)))`,
      'has no name in this scope',
      `${RESOURCE} (import "f" (func $f (result (own $r))))
       (instance (export "r" (type $r)) (export "make" (func $f)))`,
    ],
  ])
})

describe('attributes of names', () => {
  testRules([
    [
      'say the name of an interface that is implemented',
      `(import "main" (implements "store") (instance))`,
      'is not the name of an interface',
      `(import "main" (implements "acme:kv/store@1.0.0") (instance))`,
    ],
    [
      'say it of instances',
      `(import "main" (implements "acme:kv/store") (func))`,
      'func "main" implements an interface',
      `(import "main" (external-id "acme:kv/store") (func))`,
    ],
    [
      'say it of plain names',
      `(import "acme:kv/store" (implements "acme:kv/store") (instance))`,
      'interface implemented under the name',
      `(import "acme:kv/store" (external-id "x") (instance))`,
    ],
    [
      'say it of instances in types too',
      `(type (instance (export "main" (implements "a:b/c") (func))))`,
      'only instances do',
      `(type (instance (export "main" (implements "a:b/c") (instance))))`,
    ],
    [
      'say it of instances made of items too',
      `(import "f" (func $f)) (instance (export "f" (implements "a:b/c") (func $f)))`,
      'only instances do',
      `(instance $i) (instance (export "f" (implements "a:b/c") (instance $i)))`,
    ],
    [
      'do not make names differ',
      `(import "x" (external-id "1") (func)) (import "x" (external-id "2") (func))`,
      'second import "x"',
      `(import "x" (external-id "1") (func)) (import "y" (external-id "1") (func))`,
    ],
  ])
})
