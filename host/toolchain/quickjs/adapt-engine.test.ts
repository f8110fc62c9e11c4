import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import { adaptEngine } from './adapt-engine.ts'
import { withDirectDispatch } from './direct-dispatch.ts'
import { readSections } from './sections.ts'
import { loadTemplate } from './template.ts'
import { openAgent, textOf } from './testing/open-agent.ts'

beforeAll(async () => void (await loadTemplate()))

const PATH = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm')

/** Runs `body`, the body of a function, in an agent, and returns its result. */
async function run(body: string): Promise<string> {
  const agent = await openAgent(`import { encodeUtf8 } from 'mayfly:agent/engine'
    // The engine's own: that of the library keeps its object for the rest of the turn.
    const WeakRef = Object.getPrototypeOf(globalThis.WeakRef)
    const run = () => { ${body} }
    export const handler = {
      handle: () => ({ status: 200, headers: [], body: encodeUtf8(String(run())) }),
    }`)
  return textOf(await agent())
}

describe('adaptEngine()', () => {
  test('refuses an engine that differs by a byte', async () => {
    const other = Uint8Array.from(await readFile(PATH))
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1
    await expect(adaptEngine(other, 'adapter')).rejects.toMatchObject({
      code: 'ERR_BUILD_FAILED',
      hint: expect.stringContaining('quickjs-wasi'),
    })
  })
})

describe('withDirectDispatch()', () => {
  test('refuses a module without the interpreter', async () => {
    const sections = readSections(await readFile(PATH)).filter(({ id }) => id !== 10)
    expect(() => withDirectDispatch(sections)).toThrow('Cannot find the interpreter')
  })
})

describe('the allocator of the adapter', () => {
  test('keeps what blocks of every size hold while others come and go', async () => {
    const found = await run(`
      const kept = []
      for (let round = 0; round < 4; round++) {
        for (let size = 0; size < 700; size++) {
          const text = String.fromCharCode(97 + (size + round) % 26).repeat(size) + round
          const bytes = new Uint8Array(size).fill(size + round)
          if (size % 3 === round % 3) kept.push({ size, round, text, bytes, list: [text, size] })
        }
      }
      return kept.filter(({ size, round, text, bytes, list }) =>
        text !== String.fromCharCode(97 + (size + round) % 26).repeat(size) + round ||
        bytes.length !== size || bytes.some((byte) => byte !== (size + round) % 256) ||
        list[0] !== text).length + ' of ' + kept.length`)
    expect(found).toBe('0 of 934')
  })

  test('moves what grows', async () => {
    const found = await run(`
      const lists = Array.from({ length: 20 }, () => []), objects = lists.map(() => ({}))
      for (let at = 0; at < 300; at++) for (const [which, list] of lists.entries()) {
        list.push(at * which)
        objects[which]['key' + at] = { at: at * which }
      }
      let text = ''
      for (let at = 0; at < 2000; at++) text += String.fromCharCode(97 + at % 26)
      return lists.every((list, which) => list.length === 300 && list.every((value, at) =>
        value === at * which && objects[which]['key' + at].at === value)) &&
        text === 'abcdefghijklmnopqrstuvwxyz'.repeat(77).slice(0, 2000)`)
    expect(found).toBe('true')
  })

  test('tells the engine when to collect cycles', async () => {
    const found = await run(`
      const cycle = () => { const made = {}; made.self = made; return made }
      const first = new WeakRef(cycle())
      for (let at = 0; at < 100000; at++) cycle()
      return first.deref()`)
    expect(found).toBe('undefined')
  })

  test('frees an object with its last reference', async () => {
    const found = await run(`
      const held = {}
      const refs = [new WeakRef({}), new WeakRef(held)]
      return refs.map((ref) => typeof ref.deref()).join() + typeof held`)
    expect(found).toBe('undefined,objectobject')
  })
})
