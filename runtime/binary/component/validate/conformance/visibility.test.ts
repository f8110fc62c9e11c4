import { describe } from 'vitest'
import { testRules } from '../testing/rules.ts'

const CORE =
  '(core module $m (func (export "f") (result i32) unreachable)) (core instance $i (instantiate $m))'
const LIFT = '(canon lift (core func $i "f"))'
const NOT_EXPORTED = 'refers to a type that is not exported'
const NOT_IMPORTED = 'refers to a type that is not imported'

describe('what an export refers to is exported', () => {
  testRules([
    [
      'an enum in a function',
      `${CORE} (type $t (enum "x")) (func $f (result $t) ${LIFT}) (export "f" (func $f))`,
      NOT_EXPORTED,
      `${CORE} (type $t (enum "x")) (export $u "t" (type $t))
       (func $f (result $u) ${LIFT}) (export "f" (func $f))`,
    ],
    [
      'an enum in a function, under the name of the export',
      `${CORE} (type $t (enum "x")) (export $u "t" (type $t))
       (func $f (result $t) ${LIFT}) (export "f" (func $f))`,
      NOT_EXPORTED,
      `${CORE} (type $t (enum "x")) (export $u "t" (type $t))
       (func $f (result $t) ${LIFT}) (export "f" (func $f) (func (result $u)))`,
    ],
    [
      'a resource behind a handle',
      `${CORE} (type $r (resource (rep i32))) (func $f (result (own $r)) ${LIFT})
       (export "f" (func $f))`,
      NOT_EXPORTED,
      `${CORE} (type $r (resource (rep i32))) (export $s "r" (type $r))
       (func $f (result (own $s)) ${LIFT}) (export "f" (func $f))`,
    ],
    [
      'a record, however deep in a function',
      `${CORE} (type $t (flags "x")) (func $f (result (tuple $t)) ${LIFT}) (export "f" (func $f))`,
      NOT_EXPORTED,
      `${CORE} (type $t (flags "x")) (export $u "t" (type $t)) (func $f (result (tuple $u)) ${LIFT})
       (export "f" (func $f))`,
    ],
    [
      'a type in a type',
      '(type $a (record (field "x" u8))) (type $b (record (field "a" $a))) (export "b" (type $b))',
      NOT_EXPORTED,
      `(type $a (record (field "x" u8))) (export $c "a" (type $a))
       (type $b (record (field "a" $c))) (export "b" (type $b))`,
    ],
    [
      'a type in a type without a name of its own',
      '(type $a (variant (case "x"))) (type $b (list $a)) (export "b" (type $b))',
      NOT_EXPORTED,
      '(type $a (variant (case "x"))) (export $c "a" (type $a)) (type $b (list $c)) (export "b" (type $b))',
    ],
    [
      'a type in the type of a function',
      '(type $a (enum "x")) (type $f (func (param "p" $a))) (export "f" (type $f))',
      NOT_EXPORTED,
      '(type $a (enum "x")) (export $b "a" (type $a)) (type $f (func (param "p" $b))) (export "f" (type $f))',
    ],
    [
      'a type in a member of an instance',
      `${CORE} (type $t (enum "x")) (func $f (result $t) ${LIFT})
       (instance $bag (export "f" (func $f))) (export "bag" (instance $bag))`,
      NOT_EXPORTED,
      `${CORE} (type $t (enum "x")) (func $f (result $t) ${LIFT})
       (instance $bag (export "t" (type $t)) (export "f" (func $f))) (export "bag" (instance $bag))`,
    ],
    [
      'a type that only an instance inside has',
      `${CORE} (component $c (type $t (enum "x")) (export "t" (type $t)))
       (instance $c (instantiate $c)) (alias export $c "t" (type $t))
       (func $f (result $t) ${LIFT}) (export "f" (func $f))`,
      NOT_EXPORTED,
      `${CORE} (component $c (type $t (enum "x")) (export "t" (type $t)))
       (instance $c (instantiate $c)) (export $d "c" (instance $c)) (alias export $d "t" (type $t))
       (func $f (result $t) ${LIFT}) (export "f" (func $f))`,
    ],
    [
      'a type in a component type',
      '(type (component (type $t (enum "x")) (export "f" (func (result $t)))))',
      NOT_EXPORTED,
      '(type (component (type $t (enum "x")) (export "t" (type $u (eq $t))) (export "f" (func (result $u)))))',
    ],
    [
      'unless it is imported: the type an argument stands for',
      `(type $t (enum "x")) (component $c (type $t (enum "x")) (import "t" (type $u (eq $t)))
         (type $l (list $u)) (export "l" (type $l)))
       (instance $c (instantiate $c (with "t" (type $t)))) (export "l" (type $c "l"))`,
      NOT_EXPORTED,
      `(type $t (enum "x")) (import "t" (type $v (eq $t)))
       (component $c (type $t (enum "x")) (import "t" (type $u (eq $t)))
         (type $l (list $u)) (export "l" (type $l)))
       (instance $c (instantiate $c (with "t" (type $v)))) (export "l" (type $c "l"))`,
    ],
  ])
})

describe('what an import refers to is imported', () => {
  testRules([
    [
      'a record in a function',
      '(type $t (record (field "x" u8))) (import "f" (func (param "p" $t)))',
      NOT_IMPORTED,
      '(type $t (record (field "x" u8))) (import "t" (type $u (eq $t))) (import "f" (func (param "p" $u)))',
    ],
    [
      'a type that is only exported',
      '(type $t (enum "x")) (export $u "t" (type $t)) (import "f" (func (param "p" $u)))',
      NOT_IMPORTED,
      '(type $t (enum "x")) (import "t" (type $u (eq $t))) (import "f" (func (param "p" $u)))',
    ],
    [
      'a resource that is defined here',
      '(type $r (resource (rep i32))) (import "f" (func (param "p" (borrow $r))))',
      NOT_IMPORTED,
      '(import "r" (type $r (sub resource))) (import "f" (func (param "p" (borrow $r))))',
    ],
    [
      'a type that the surrounding component imports',
      '(type $t (enum "x")) (import "t" (type $u (eq $t))) (component (import "f" (func (param "p" $u))))',
      NOT_IMPORTED,
      `(type $t (enum "x")) (import "t" (type $u (eq $t)))
       (component (import "t" (type $v (eq $u))) (import "f" (func (param "p" $v))))`,
    ],
    [
      'a type in an instance',
      '(type $t (enum "x")) (import "i" (instance (export "f" (func (param "p" $t)))))',
      NOT_IMPORTED,
      `(type $t (enum "x"))
       (import "i" (instance (export "t" (type $u (eq $t))) (export "f" (func (param "p" $u)))))`,
    ],
    [
      'a type in a component type',
      '(type (component (type $t (enum "x")) (import "f" (func (result $t)))))',
      NOT_IMPORTED,
      '(type (component (type $t (enum "x")) (import "t" (type $u (eq $t))) (import "f" (func (result $u)))))',
    ],
  ])
})
