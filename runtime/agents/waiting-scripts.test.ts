/**
 * Agents in JavaScript that wait without a slot leave nothing behind, byte for byte, whatever they wait for.
 *
 * @module
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BLOCK_SHIFT } from '../binary/index.ts'
import type { Stamper } from '../stamp/stamper.ts'
import { ENDING_KINDS, type ScriptKind } from './testing/script-source.ts'
import {
  ask,
  expectNoneLeft,
  FEW_SLOTS,
  scriptStage,
  untilAllAway,
  type ScriptStage,
} from './testing/script-stage.ts'
import { watchStamps } from './testing/watched-stamps.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
// In one, each of the few slots already has a dozen guests.
const ROUNDS = SOAK ? 12 : 1
const OF_EACH_KIND = 6
const MOVES_A_MISTAKE = 5
/** They give their slots back at each wait. */
const AT_ONCE = { waiting: { keepMs: 0 }, pool: FEW_SLOTS }
/** A guest whose state a test has spoilt may compute for ever. */
const SPOILT = { deadlineMs: 5_000, fuel: 1_000_000_000 }

afterEach(() => void vi.restoreAllMocks())

/** Some guests of each kind at once. Returns the answers that are wrong. */
async function storm({ agent, host }: ScriptStage, first: number): Promise<string[]> {
  const calls = Array.from({ length: OF_EACH_KIND }, (_, i) =>
    ENDING_KINDS.map((kind) => ask(agent, kind, { n: first + i, depth: i % 3 })),
  ).flat()
  const timer = setInterval(() => host.open(), 3)
  const answers = await Promise.all(calls)
  clearInterval(timer)
  return answers.filter((answer) => answer !== undefined)
}

describe('agents in JavaScript that wait without a slot', () => {
  it.for(['pages', 'copy'])(
    'leave nothing behind, byte for byte (%s)',
    { timeout: 1_200_000 },
    async (reset) => {
      const seen = watchStamps()
      await using on = await scriptStage(AT_ONCE, { reset })
      for (let round = 0; round < ROUNDS; round++)
        expect(await storm(on, round * OF_EACH_KIND)).toEqual([])
      await expectNoneLeft(on)
      expect(seen.moves).toBeGreaterThan(ROUNDS * OF_EACH_KIND * ENDING_KINDS.length)
      expect(seen.grown).toBeGreaterThan(ROUNDS * 2)
      expect(seen.copied).toBe(reset === 'copy' ? seen.moves : 0)
      expect(seen.stamps).toBeGreaterThan(seen.moves)
      expect(seen.stampAll()).toBeGreaterThan(0)
      expect(seen.wrong).toEqual([])
      for (let n = 0; n < OF_EACH_KIND; n++) expect(on.host.written).toContain(`after${n}`)
      console.log(
        `soak: ${reset}: ${seen.moves} moves, ${seen.grown} of grown memories, ` +
          `${seen.stamps} stamps, ${seen.wrong.length} of them wrong`,
      )
    },
  )

  it(
    'go on without marks when their agent has changed meanwhile',
    { timeout: 90_000 },
    async () => {
      const seen = watchStamps()
      await using on = await scriptStage(AT_ONCE)
      const { agent, host } = on
      const kinds: ScriptKind[] = ['gated', 'gated', 'gated', 'gated']
      const calls = kinds.map((kind, n) => ask(agent, kind, { n }))
      await untilAllAway(agent, kinds.length)
      expect(agent.stats().reset).toBe('pages')
      // Too long for marks to pay.
      for (let calls = 0; calls < 2_000 && agent.stats().reset === 'pages'; calls++)
        expect(await ask(agent, 'compute', { n: 1 })).toBeUndefined()
      expect(agent.stats().reset).toBe('copy')
      // The modules of the other shape are compiled meanwhile.
      const goesOnWithoutMarks = async (): Promise<number> => {
        await ask(agent, 'timer', { n: 4 })
        return seen.copied
      }
      await expect.poll(goesOnWithoutMarks, { timeout: 30_000 }).toBeGreaterThan(0)
      const { copied } = seen
      host.open()
      expect((await Promise.all(calls)).filter((answer) => answer !== undefined)).toEqual([])
      expect(seen.copied).toBeGreaterThanOrEqual(copied + kinds.length)
      expect(await storm(on, 10)).toEqual([])
      await expectNoneLeft(on)
      expect(seen.stampAll()).toBeGreaterThan(0)
      expect(seen.wrong).toEqual([])
    },
  )
})

/** The last block that is not marked. */
function unmarkedBlock({ state }: Stamper): number {
  const [memory] = state.memories
  const blocks = (memory?.memory.buffer.byteLength ?? 0) >>> BLOCK_SHIFT
  const map = memory?.map && new Uint8Array(memory.map.buffer).subarray(0, blocks)
  return map === undefined ? 1 : map.lastIndexOf(0)
}

function bytesOf({ state }: Stamper): Uint8Array {
  return new Uint8Array(state.memories[0]?.memory.buffer ?? new ArrayBuffer())
}

describe('a mistake is found out', () => {
  it.for<[string, string, (stamper: Stamper) => void]>([
    [
      'a byte is written and not marked',
      'pages',
      (stamper) => {
        const at = (unmarkedBlock(stamper) << BLOCK_SHIFT) + 300
        bytesOf(stamper).fill(0xa5, at, at + 1)
      },
    ],
    ['a byte is written', 'copy', (stamper) => void bytesOf(stamper).fill(0xa5, 4_113, 4_114)],
    [
      'marks are lost',
      'pages',
      ({ state }) => void new Uint8Array(state.memories[0]?.map?.buffer ?? []).fill(0),
    ],
  ])('when %s (%s)', async ([, reset, mistake]) => {
    const seen = watchStamps((stamper, move) => {
      if (move % MOVES_A_MISTAKE === 0) mistake(stamper)
    })
    await using on = await scriptStage(AT_ONCE, { reset, ...SPOILT })
    // Guests whose state is not theirs fail in any way.
    await storm(on, 0).catch(() => {})
    // One mistake at least: the storm is over when the first guest fails of it.
    expect(seen.moves).toBeGreaterThanOrEqual(MOVES_A_MISTAKE)
    expect(seen.wrong).not.toEqual([])
  })
})
