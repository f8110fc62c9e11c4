import { describe, expect, it } from 'vitest'
import { listed, pageOf, toolsOf, type McpTool } from './tool.ts'

const toolsIn = (agents: Record<string, string[]>): readonly McpTool[] =>
  toolsOf(
    Object.entries(agents).map(([agent, names]) => ({
      agent,
      functions: names.map((name) => ({ name, parameters: { type: 'object' } })),
    })),
  )

const namesOf = (agents: Record<string, string[]>): string[] =>
  toolsIn(agents).map(({ name }) => name)

describe('toolsOf()', () => {
  it.for<[string, Record<string, string[]>, (string | RegExp)[]]>([
    ['the last word of a function', { math: ['acme:math/ops@1.0.0#add'] }, ['math_add']],
    [
      'the whole name where two end alike',
      { math: ['acme:math/ops#add', 'acme:sets/ops#add'] },
      ['math_acme_math_ops_add', 'math_acme_sets_ops_add'],
    ],
    ['no door of the host', { web: ['mayfly:agent/handler@0.2.0#handle', 'wasi:cli/run#run'] }, []],
    ['the order of characters', { b: ['x'], a: ['y', 'B'] }, ['a_B', 'a_y', 'b_x']],
    ['no other character', { a: ['sag-grüß', '💥', "'; drop"] }, ['a__', 'a__drop', 'a_sag_gr_']],
    ['64 characters', { a: ['x'.repeat(100)] }, [/^a_x{45}_[0-9a-f]{16}$/]],
  ])('gives names with %s', ([, agents, names]) => {
    const found = namesOf(agents)
    expect(found).toHaveLength(names.length)
    for (const [index, name] of names.entries()) expect(found[index]).toMatch(name)
  })

  it('gives no agent the name of a function of another', () => {
    const victim = 'n'.repeat(80)
    const [taken = ''] = namesOf({ [victim]: ['pay'] })
    const both = toolsIn({ [victim]: ['pay'], [taken.slice(0, 47)]: [taken.slice(48)] })
    expect(both.map(({ name, agent }) => (name === taken ? agent : undefined))).toContain(victim)
    expect(new Set(both.map(({ name }) => name)).size).toBe(2)
  })
})

describe('pageOf()', () => {
  const all = toolsOf([
    {
      agent: 'many',
      functions: Array.from({ length: 250 }, (_, index) => ({
        name: `f${String(index).padStart(3, '0')}`,
        parameters: { type: 'object' },
      })),
    },
  ])

  it('gives each tool once, page by page, also where some go in between', () => {
    const first = pageOf(all, undefined)
    const second = pageOf(
      all.filter(({ name }) => name !== first?.tools.at(-1)?.name),
      first?.next,
    )
    const third = pageOf(all, second?.next)
    expect([first, second, third].map((page) => page?.tools.length)).toEqual([100, 100, 50])
    expect(third?.next).toBeUndefined()
    const names = [first, second, third].flatMap((page) => page?.tools.map(({ name }) => name))
    expect(names).toEqual(all.map(({ name }) => name))
  })

  it('refuses a cursor that it did not give', () => {
    expect(pageOf(all, 'no base64!')).toBeUndefined()
  })
})

it('listed() leaves out what a function does not say', () => {
  const [tool] = toolsOf([
    { agent: 'a', functions: [{ name: 'f', parameters: { type: 'object' } }] },
  ])
  expect(tool && listed(tool)).toEqual({
    name: 'a_f',
    title: 'a: f',
    inputSchema: { type: 'object' },
  })
})
