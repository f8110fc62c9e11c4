/**
 * Bytes that are not a component, section by section: each is refused with a code and, where there is one, the offset.
 * None is run.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../binary/index.ts'
import { fromHex } from '../../encoding/index.ts'
import { isMayflyError } from '../../errors/index.ts'
import { makePlan } from '../index.ts'

const PREAMBLE = '0061736d0d000100'

const MALFORMED: Readonly<Record<string, string>> = {
  'no bytes': '',
  'half a preamble': '0061736d0d',
  'another magic number': '0061736e0d000100',
  'another version': '0061736d0e000100',
  'another layer': '0061736d0d000200',
  'a section of an unknown kind': `${PREAMBLE}0d0100`,
  'a section longer than the file': `${PREAMBLE}0705`,
  'a section shorter than what is in it': `${PREAMBLE}070201737f`,
  'bytes behind a section': `${PREAMBLE}07030173ff`,
  'a size in more than five bytes': `${PREAMBLE}07808080808000`,
  'a size of more than 32 bits': `${PREAMBLE}07ffffffff7f`,
  'a count without items': `${PREAMBLE}070105`,
  'a billion items in no room': `${PREAMBLE}0705ffffffff03`,
  'a type of an unknown kind': `${PREAMBLE}070201ff`,
  'a record without fields': `${PREAMBLE}0703017200`,
  'an enum without names': `${PREAMBLE}0703016d00`,
  'a name that is no UTF-8': `${PREAMBLE}07060172 01 01ff 7f`,
  'a type that refers beyond the last': `${PREAMBLE}0703017005`,
  'a type that refers to itself': `${PREAMBLE}0703017000`,
  'an alias of nothing': `${PREAMBLE}0605010300 01 61`,
  'an export of nothing': `${PREAMBLE}0b0701000161010000`,
  'an instance of nothing': `${PREAMBLE}0504010000 00`,
  'a core instance of nothing': `${PREAMBLE}0204010000 00`,
  'a lift of nothing': `${PREAMBLE}080601000000 0000`,
  'a start of nothing': `${PREAMBLE}0903000000`,
  'an outer alias beyond the outermost': `${PREAMBLE}060501030205 00`,
  'a core module that is none': `${PREAMBLE}010400617374`,
  'a component inside that is none': `${PREAMBLE}040400617374`,
}

describe('bytes are refused', () => {
  it.for(Object.entries(MALFORMED))('%s', async ([, hex]) => {
    const bytes = fromHex(hex.replaceAll(' ', ''))
    const plan = (): unknown => makePlan(decodeComponent(bytes), bytes)
    expect(plan).toThrow(expect.toSatisfy(isMayflyError))
  })

  it('a component cut off anywhere, and with any byte changed, is refused or is another', async () => {
    const whole = await parse(`(component
      (import "t:t/host" (instance $host (export "f" (func (param "a" (list string)) (result (option u64))))))
      (core module $m (memory (export "memory") 1) (func (export "run") (param i32) (result i32) (local.get 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core func $f (canon lower (func $host "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`)
    const attempt = (bytes: Uint8Array): void => {
      try {
        makePlan(decodeComponent(bytes), bytes)
      } catch (error) {
        if (!isMayflyError(error)) throw error
      }
    }
    for (let length = 0; length < whole.length; length++) attempt(whole.slice(0, length))
    for (let at = 0; at < whole.length; at++)
      for (const value of [0, 1, 0x40, 0x7f, 0x80, 0xff]) {
        const changed = whole.slice()
        changed[at] = value
        attempt(changed)
      }
  })
})
