import { expect, it } from 'vitest'
import { CallerTurns } from './caller-turns.ts'

it('lets a caller do four at once, and other callers beside it', async () => {
  const turns = new CallerTurns()
  const begun: string[] = []
  const first = Promise.withResolvers<void>()
  const rest = Promise.withResolvers<void>()
  const all = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1'].map((name) =>
    turns.take(name.slice(0, 1), async () => {
      begun.push(name)
      await (name === 'a1' ? first : rest).promise
    }),
  )
  await Promise.resolve()
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'b1'])
  first.resolve()
  await all[0]
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'a5'])
  rest.resolve()
  await Promise.all(all)
  expect(begun).toHaveLength(7)
})

it('goes on after one that fails', async () => {
  const turns = new CallerTurns()
  const fail = (): Promise<never> => turns.take('a', () => Promise.reject(new Error('failed')))
  const failed = await Promise.allSettled(Array.from({ length: 9 }, fail))
  expect(failed.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 'rejected'))
  expect(await turns.take('a', () => Promise.resolve('done'))).toBe('done')
})
