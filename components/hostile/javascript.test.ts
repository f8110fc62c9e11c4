/**
 * Hostile JavaScript: the same claims as for hostile components, one level up.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import { Runtime, type RuntimeOptions } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

interface Attack {
  readonly of: string
  /** HTTP statuses it may end in: an allocator that says no is an exception in one agent, a trap in another. */
  readonly ends: readonly number[]
  /** @default 200 */
  readonly deadlineMs?: number
}

const ATTACKS: readonly Attack[] = [
  { of: 'inflate-bomb', ends: [500, 504] },
  { of: 'array-bomb', ends: [500, 504] },
  // Each promise holds the next: memory or time, whichever is spent first.
  { of: 'endless-microtasks', ends: [500, 504] },
  { of: 'endless-expression', ends: [504] },
  { of: 'endless-finally', ends: [504] },
  { of: 'deep-recursion', ends: [200], deadlineMs: 30_000 },
  { of: 'never-answers', ends: [500, 504] },
]

const MEMORY_BYTES = 16_777_216

function sourceOf(name: string): string {
  return readFileSync(new URL(`${name}/agent.js`, import.meta.url), 'utf8')
}

const COUNTER = `import { encodeUtf8 } from 'mayfly:agent/engine'
  let calls = 0
  export const handler = {
    handle: () => ({ status: 200, headers: [], body: encodeUtf8(String(++calls)) }),
  }`

describe('a hostile JavaScript agent', async () => {
  const neighbour = await scriptAgent(COUNTER)

  it.for(ATTACKS)('$of', async ({ of, ends, deadlineMs = 200 }) => {
    const states: string[] = []
    const onInvocation: RuntimeOptions['onInvocation'] = ({ outcome }) =>
      void states.push(outcome.state)
    const runtime = new Runtime({ codeStore: sharedCode, onInvocation })
    const calm = await runtime.load({ component: neighbour, manifest: { name: 'calm' } })
    const component = await scriptAgent(sourceOf(of))
    const limits = { deadlineMs, memoryBytes: MEMORY_BYTES }
    const agent = await runtime.load({ component, manifest: { name: 'hostile', limits } })
    for (let round = 0; round < 2; round++) {
      const response = await agent.fetch(new Request('http://agent/'))
      expect(ends).toContain(response.status)
      // Slots are shared with the neighbour: remains of the attack must not disturb it.
      const answer = await calm.fetch(new Request('http://agent/'))
      expect(await answer.text()).toBe('1')
    }
    expect(states.length).toBe(4)
    expect(states.filter((state) => state === 'completed').length).toBe(ends[0] === 200 ? 4 : 2)
    await runtime.close()
  })
})
