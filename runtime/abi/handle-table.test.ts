import { expect, test } from 'vitest'
import { BorrowScope, HandleTable, ResourceHandle } from './handle-table.ts'

test('numbers begin at 1 and are used again, the one freed last first', () => {
  const table = new HandleTable()
  const add = (): number => table.add(new ResourceHandle(0, {}, true))
  expect([add(), add(), add()]).toEqual([1, 2, 3])
  table.remove(1)
  table.remove(3)
  expect(table.size).toBe(1)
  expect([add(), add(), add()]).toEqual([3, 1, 4])
})

test.each([0, -1, 1.5, 2, 2 ** 31, Number.NaN])('there is no handle %d', (handle) => {
  const table = new HandleTable()
  table.add(new ResourceHandle(0, {}, true))
  expect(() => table.get(handle)).toThrow(/there is none/)
  expect(() => table.remove(handle)).toThrow(/there is none/)
})

test('release() gives all entries away, and adopt() has them under their numbers', () => {
  const [from, to] = [new HandleTable(), new HandleTable()]
  const entries = [1, 2, 3].map((rep) => new ResourceHandle(0, rep, true))
  for (const entry of entries) from.add(entry)
  from.remove(2)
  to.adopt(from.release())
  expect(from.size).toBe(0)
  expect(() => from.get(1)).toThrow(/there is none/)
  expect([to.size, to.get(1), to.get(3)]).toEqual([2, entries[0], entries[2]])
  expect([from.add({}), to.add({}), to.add({})]).toEqual([1, 2, 4])
})

test('restore() does not share what later calls change', () => {
  const table = new HandleTable()
  const handle = table.add(new ResourceHandle(0, {}, true))
  const state = table.capture()
  for (let round = 0; round < 2; round++) {
    table.restore(state)
    expect(table.resource(handle, 0).lends).toBe(0)
    new BorrowScope().lend(table.resource(handle, 0))
    table.add(new ResourceHandle(0, {}, true))
  }
  table.restore(undefined)
  expect(table.size).toBe(0)
})

test('a scope gives back what it lent, and traps while a borrow is out', () => {
  const scope = new BorrowScope()
  const lender = new ResourceHandle(0, {}, true)
  scope.lend(lender)
  scope.lend(lender)
  expect(lender.lends).toBe(2)
  scope.borrows++
  expect(() => scope.checkReturned()).toThrow(/1 borrowed handles were not dropped/)
  scope.end()
  expect(lender.lends).toBe(0)
})
