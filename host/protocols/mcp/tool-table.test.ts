import { expect, it } from 'vitest'
import { ToolTables } from './tool-table.ts'

const half = [{ name: 'acme:math/ops#half', parameters: { type: 'object' } }]
const other = [{ name: 'add', parameters: { type: 'object' } }]

it('ToolTables.of() makes tools once for each version of the agents', () => {
  const tables = new ToolTables()
  const table = tables.of([{ agent: 'math', functions: half }])
  expect(table.find('math_half')).toMatchObject({ agent: 'math' })
  expect(table.find('math_add')).toBeUndefined()
  expect(tables.of([{ agent: 'math', functions: half }])).toBe(table)
  // A client that sees fewer agents does not take it from the others.
  expect(tables.of([]).tools).toEqual([])
  expect(tables.of([{ agent: 'math', functions: half }])).toBe(table)
  const deployed = tables.of([{ agent: 'math', functions: other }])
  expect(deployed.tools.map(({ name }) => name)).toEqual(['math_add'])
  expect(tables.of([{ agent: 'maths', functions: other }]).find('math_add')).toBeUndefined()
})

it('ToolTables.of() keeps as many as clients of different tokens need', () => {
  const tables = new ToolTables()
  const lists = Array.from({ length: 17 }, (_, index) => [
    { agent: `agent-${index}`, functions: half },
  ])
  const [first, ...rest] = lists.map((list) => tables.of(list))
  expect(tables.of(lists[1] ?? [])).toBe(rest[0])
  expect(tables.of(lists[0] ?? [])).not.toBe(first)
})
