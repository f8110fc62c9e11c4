/**
 * Agents whose functions take and return streams.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { ECHO } from '../link/testing/stream-echo.ts'
import type { InvocationRecord } from './index.ts'
import { stage } from './testing/stage.ts'

/** A chunk of 100 bytes for each number below `count`. */
async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield new Uint8Array(100).fill(at)
}

test.each([
  ['keeps its slot', {}],
  ['gives its slot back while it waits', { waiting: { keepMs: 0 } }],
])('an agent that %s answers with a stream and goes on writing', async (_, options) => {
  const ended = Promise.withResolvers<InvocationRecord>()
  await using theatre = await stage({
    ...options,
    onInvocation: (record) => {
      if (record.agent === 'agent-2') ended.resolve(record)
    },
  })
  const agent = await theatre.load(ECHO, {})
  const output = (await agent.call('echo', [chunks(50)])) as ReadableStream<Uint8Array>
  expect(agent.stats()).toMatchObject({ active: 1, invocations: 1 })
  const bytes = await new Response(output).bytes()
  expect(bytes).toHaveLength(5000)
  expect([...bytes.filter((_byte, at) => at % 100 === 0)]).toEqual([...Array(50).keys()])
  expect((await ended.promise).outcome).toMatchObject({ state: 'completed' })
  expect(agent.stats()).toMatchObject({ active: 0, failures: 0 })
})

test('streams of an agent end with its deadline', async () => {
  await using theatre = await stage({})
  const agent = await theatre.load(ECHO, { limits: { deadlineMs: 50 } })
  const cancelled = Promise.withResolvers<unknown>()
  const input = new ReadableStream({ cancel: cancelled.resolve })
  const output = (await agent.call('echo', [input])) as ReadableStream<Uint8Array>
  const limited = { code: 'ERR_LIMIT_EXCEEDED' }
  await expect(output.getReader().read()).rejects.toMatchObject(limited)
  expect(await cancelled.promise).toMatchObject(limited)
})
