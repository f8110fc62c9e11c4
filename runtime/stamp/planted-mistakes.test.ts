/**
 * Random programs find mistakes of marking and of restoring. Some of the programs find each mistake that is planted
 * here, and none reports a mistake where there is none.
 *
 * @module
 */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { MarkTracker } from '../binary/core/mark-tracker.ts'
import type { CoreState } from './core-state.ts'
import { memoryLeak, stateLeak, type StateLeakOptions } from './testing/leaks.ts'
import { wat } from './testing/module-slot.ts'
import { SPARSE_ARGUMENTS, sparseProgram } from './testing/sparse-program.ts'
import { STATE_ARGUMENTS, STATE_GLOBALS, stateProgram } from './testing/state-program.ts'

// Each mistake is found by one of the first 60.
const PROGRAMS = process.env['MAYFLY_SOAK'] === undefined ? 75 : 10_000
const TIMEOUT_MS = 1_000 * PROGRAMS

type Bytes = Uint8Array<ArrayBuffer>

async function programs(make: (seed: number) => string): Promise<Bytes[]> {
  const all: Bytes[] = []
  for (let seed = 1; seed <= PROGRAMS; seed++) all.push(await wat(make(seed)))
  return all
}

/** The first leak that one of the programs shows, with the seed that makes the program. */
function firstLeak(
  all: readonly Bytes[],
  find: (bytes: Bytes) => string | undefined,
): string | undefined {
  for (const [index, bytes] of all.entries()) {
    const leak = find(bytes)
    if (leak !== undefined) return `seed ${index + 1}: ${leak}`
  }
  return undefined
}

describe('MarkTracker, when', { timeout: TIMEOUT_MS }, () => {
  const tracker = MarkTracker.prototype
  const { covers } = tracker
  let all: Bytes[] = []
  beforeAll(async () => {
    all = await programs(sparseProgram)
  })
  afterEach(() => void vi.restoreAllMocks())

  it('nothing is wrong with it, leaves nothing behind', () =>
    expect(firstLeak(all, (bytes) => memoryLeak(bytes, SPARSE_ARGUMENTS))).toBeUndefined())

  it.for<[string, () => unknown]>([
    ['every store counts as marked', () => vi.spyOn(tracker, 'covers').mockReturnValue(true)],
    [
      'a mark reaches 64 bytes too far',
      () =>
        vi.spyOn(tracker, 'covers').mockImplementation(function (this: MarkTracker, ...store) {
          const [memory, depth, offset, bytes] = store
          return covers.call(this, memory, depth, offset, bytes - 64)
        }),
    ],
    [
      'marks of one memory count for another',
      () =>
        vi.spyOn(tracker, 'covers').mockImplementation(function (this: MarkTracker, ...store) {
          const [, depth, offset, bytes] = store
          return covers.call(this, 0, depth, offset, bytes) || covers.call(this, ...store)
        }),
    ],
    [
      'what a branch marked is not forgotten',
      () => vi.spyOn(tracker, 'forgetSince').mockReturnValue(),
    ],
    [
      'locals keep their values where paths meet',
      () => vi.spyOn(tracker, 'joinSince').mockReturnValue(),
    ],
    [
      'locals keep their values at the head of a loop',
      () => vi.spyOn(tracker, 'loop').mockReturnValue(),
    ],
  ])('%s, is found out', ([, plant]) => {
    plant()
    expect(firstLeak(all, (bytes) => memoryLeak(bytes, SPARSE_ARGUMENTS))).toBeDefined()
  })
})

describe('a slot, when', { timeout: TIMEOUT_MS }, () => {
  let all: Bytes[] = []
  beforeAll(async () => {
    all = await programs(stateProgram)
  })
  const leak = (options?: StateLeakOptions) =>
    firstLeak(all, (bytes) => stateLeak(bytes, STATE_ARGUMENTS, options))

  it('nothing is wrong with it, answers as a new instance', () => expect(leak()).toBeUndefined())

  it.for<[string, StateLeakOptions]>([
    ...STATE_GLOBALS.map((name, index): [string, StateLeakOptions] => [
      `global ${name} is not restored`,
      { mistake: (state) => withoutGlobal(state, index) },
    ]),
    ['tables are not restored', { mistake: (state) => ({ ...state, tables: [] }) }],
    [
      'a data segment that is dropped and read counts as restored',
      { ignore: /drops data segment/ },
    ],
    [
      'an element segment that is dropped and read counts as restored',
      { ignore: /drops element segment/ },
    ],
  ])('%s, is found out', ([, options]) => expect(leak(options)).toBeDefined())
})

/** Rewriting exports globals in the order of their declaration, which is that of `state.globals`. */
function withoutGlobal(state: CoreState, index: number): CoreState {
  return { ...state, globals: state.globals.filter((_, i) => i !== index) }
}
