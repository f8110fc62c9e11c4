/**
 * Refuses components that would take more than their share, before any of their code runs. The declarations of a module
 * are allocated when it is instantiated, and a few bytes can declare any amount.
 *
 * @module
 */
import type { DeclaredState } from '../binary/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Shape } from '../stamp/index.ts'
import { limitExceeded } from '../serve/index.ts'

// A memory takes a reservation of which a process has 16,283; toolchains make one to four a component.
const MAX_MEMORIES = 64
const MAX_TABLES = 1_000
// Some hundred bytes each. CPython with all its symbols exported has 15,000.
const MAX_NAMES = 100_000

const RAISE = 'Raise limits.memoryBytes in agent.json'

/**
 * Returns the memory that an instance of the component begins with.
 *
 * @param declared - by core module
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED
 */
export function admit(
  agent: string,
  { steps }: LinkPlan,
  declared: readonly DeclaredState[],
  maxMemoryBytes: number,
): DeclaredState {
  const total = { memories: 0, memoryBytes: 0, tables: 0, tableElements: 0, names: 0, bytes: 0 }
  for (const step of steps) {
    const each = step.kind === 'instantiate' ? declared[step.module] : undefined
    if (each === undefined) continue
    total.memories += each.memories
    total.memoryBytes += each.memoryBytes
    total.tables += each.tables
    total.tableElements += each.tableElements
    total.names += each.names
    total.bytes += each.bytes
  }
  bound('imports, exports and globals', total.names, MAX_NAMES)
  bound('memories', total.memories, MAX_MEMORIES)
  bound('tables', total.tables, MAX_TABLES)
  bound('bytes of memory', total.bytes, maxMemoryBytes, RAISE)
  return total

  function bound(what: string, count: number, most: number, hint?: string): void {
    if (count <= most) return
    throw limitExceeded(
      'memory',
      `Cannot load agent "${agent}": it begins with ${count} ${what}, ${most} allowed`,
      hint,
    )
  }
}

/**
 * Refuses a component that has no room for the stacks of its calls beside its initial state. Checked once its code is
 * known.
 *
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED
 */
export function admitStacks(
  agent: string,
  { bytes }: DeclaredState,
  { stacks, stackBytes }: Pick<Shape, 'stacks' | 'stackBytes'>,
  maxMemoryBytes: number,
): void {
  const total = bytes + stackBytes
  if (total <= maxMemoryBytes) return
  const what = stacks === 1 ? 'the stack' : `${stacks} stacks`
  throw limitExceeded(
    'memory',
    `Cannot load agent "${agent}": it begins with ${total} bytes of memory, ${stackBytes} of them for ${what} of calls that can be suspended, ${maxMemoryBytes} allowed`,
    RAISE,
  )
}
