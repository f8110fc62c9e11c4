/**
 * Every instruction that allocates, in a loop that keeps the results, until it is stopped. The process grows by the
 * memory of the agent's limit, and by garbage that the engine has not collected yet.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { FEATURES, INSTRUCTIONS } from '../binary/index.ts'
import { stage } from './testing/stage.ts'

const MIB = 1_048_576
const LIMIT_BYTES = 16 * MIB
// Garbage of the engine: its young generation, and the old copies of an array that has grown.
const SLACK_BYTES = 64 * MIB
// Long enough to grow far beyond the limit without a charge, so that the test does not depend on the deadline.
const DEADLINE_MS = 60_000

interface Program {
  readonly declares: string
  readonly locals?: string
  /** Runs for ever, or until nothing more is to be had. */
  readonly loops: string
  readonly function?: string
}

const LIST = '(type $list (struct (field (ref null $list)) (field anyref)))'
const ALL = `${LIST} (global $all (mut (ref null $list)) (ref.null $list))`
const ARRAY = '(type $array (array (mut i64))) (type $functions (array (mut funcref)))'

/** A program that runs `makes` again and again and keeps all results. */
function keeping(makes: string, declares = ''): Program {
  return {
    declares: `${ALL} ${ARRAY} ${declares}`,
    loops: `(loop $more (global.set $all (struct.new $list (global.get $all) ${makes})) (br $more))`,
  }
}

function growing(declares: string, grows: string): Program {
  return { declares, loops: `(loop $more (br_if $more (i32.ne ${grows} (i32.const -1))))` }
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  'memory.grow': growing('(memory 0)', '(memory.grow (i32.const 3))'),
  'table.grow': growing('(table $t 0 funcref)', '(table.grow $t (ref.null func) (i32.const 999))'),
  throw: {
    declares: '(tag $t (param i64 i64 i64 i64 i64 i64 i64 i64))',
    function: `(func $nest (local $a exnref) (local $b exnref)
      (local.set $a ${caught()}) (local.set $b ${caught()})
      (call $nest) (br_if 0 (ref.is_null (local.get $a))) (br_if 0 (ref.is_null (local.get $b))))`,
    loops: '(call $nest)',
  },
  'struct.new': keeping('(ref.null any)'),
  'struct.new_default': {
    declares:
      '(type $link (struct (field (mut (ref null $link))))) (global $all (mut (ref null $link)) (ref.null $link))',
    locals: '(local $new (ref null $link))',
    loops: `(loop $more (local.set $new (struct.new_default $link))
      (struct.set $link 0 (local.get $new) (global.get $all)) (global.set $all (local.get $new)) (br $more))`,
  },
  'array.new': keeping('(array.new $array (i64.const 1) (i32.const 1000))'),
  'array.new_default': keeping('(array.new_default $array (i32.const 100000))'),
  'array.new_fixed': keeping(
    '(array.new_fixed $array 3 (i64.const 1) (i64.const 2) (i64.const 3))',
  ),
  'array.new_data': keeping(
    '(array.new_data $array $d (i32.const 0) (i32.const 4))',
    '(data $d "0123456789abcdef0123456789abcdef")',
  ),
  'array.new_elem': keeping(
    '(array.new_elem $functions $e (i32.const 0) (i32.const 3))',
    '(elem $e func $run $run $run)',
  ),
}

function caught(): string {
  const values = '(i64.const 1) '.repeat(8)
  return `(block $h (result exnref) (try_table (catch_all_ref $h) (throw $t ${values})) unreachable)`
}

function component({ declares, locals = '', loops, function: inner = '' }: Program): string {
  return `(component (core module $m ${declares} ${inner}
    (func $run (export "run") (param i32) (result i32) ${locals} ${loops} (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
}

const ALLOCATING = INSTRUCTIONS.filter(
  ({ rule }) => rule.verdict === 'charged' && rule.by.includes('memory'),
).map(({ name }) => name)

let collect: () => void

beforeAll(() => {
  setFlagsFromString('--expose-gc')
  // The only way to it once the process runs.
  collect = runInNewContext('gc') as () => void
})

/** Bytes that the process holds: objects of the engine, and memories and tables outside of it. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('there is a program for every instruction that is charged for memory', () => {
  expect(Object.keys(PROGRAMS).toSorted()).toEqual(ALLOCATING.toSorted())
})

describe('an agent with 16 MiB that does nothing but', () => {
  it.for(ALLOCATING)('%s', async (name) => {
    const program = PROGRAMS[name]
    if (program === undefined) throw new TypeError(`Cannot test ${name}: no program`)
    let most = 0
    await using theatre = await stage({
      features: FEATURES,
      // Asked for every slice of fuel, while it runs.
      poll: () => (most = Math.max(most, held())),
    })
    const agent = await theatre.load(component(program), {
      features: FEATURES,
      limits: { memoryBytes: LIMIT_BYTES, deadlineMs: DEADLINE_MS },
    })
    collect()
    const before = held()
    most = before
    const error: unknown = await agent.call('run', [1]).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    most = Math.max(most, held())
    // A failed `grow` lets the program continue; every other failure ends it.
    if (!name.endsWith('.grow')) expect(error).toMatchObject({ facts: { limit: 'memory' } })
    expect(most - before).toBeLessThan(LIMIT_BYTES + SLACK_BYTES)
    // The trace of an error holds the instances whose code is on it.
    theatre.records.length = 0
    // A guest that was stopped between two turns is unwound in the next turn of the event loop.
    await expect
      .poll(() => {
        collect()
        return held() - before
      })
      .toBeLessThan(SLACK_BYTES / 4)
  })
})
