import { describe, expect, test } from 'vitest'
import { hostile } from './testing/hostile.ts'
import { stage, type Stage } from './testing/stage.ts'
import type { Agent } from './index.ts'

/** A host that answers when the test says so, and counts the messages of the guest. */
class Host {
  notes = 0
  readonly answers: ((value: number) => void)[] = []
  readonly imports = {
    'acme:host/env': {
      wait: () => new Promise<number>((resolve) => this.answers.push(resolve)),
      note: () => void this.notes++,
    },
  }

  answer(): void {
    for (const answer of this.answers.splice(0)) answer(1)
  }
}

const ENDINGS: Readonly<
  Record<
    string,
    { code: string; deadlineMs: number; stop?: (agent: Agent, client: AbortController) => void }
  >
> = {
  'its deadline': { code: 'ERR_LIMIT_EXCEEDED', deadlineMs: 1_500 },
  'its client': {
    code: 'ERR_CLIENT_GONE',
    deadlineMs: 60_000,
    stop: (_, client) => client.abort(),
  },
  'the operator': { code: 'ERR_GUEST_KILLED', deadlineMs: 60_000, stop: (agent) => agent.kill() },
}

describe.each(['wait-in-catch-all', 'wait-in-catch-all-legacy'])('%s', (name) => {
  test.each(Object.keys(ENDINGS))('makes no call of the host after %s stopped it', async (by) => {
    const { code, deadlineMs = 0, stop } = ENDINGS[by] ?? {}
    await using scene: Stage = await stage()
    const host = new Host()
    const { imports } = host
    const agent = await scene.load(hostile(name), { imports, limits: { deadlineMs } })
    const client = new AbortController()
    const ended = agent.call('run', [1], { signal: client.signal }).then(
      () => 'returned',
      (error: { code: string }) => error.code,
    )
    // It waits, continues when answered, and waits again.
    await settled(() => host.answers.length === 1)
    host.answer()
    await settled(() => host.answers.length === 1)
    expect(host.notes).toBe(1)
    stop?.(agent, client)
    expect(await ended).toBe(code)
    host.answer()
    await turns(5)
    expect(host.notes).toBe(1)
    expect(host.answers).toHaveLength(0)
  })
})

async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await turns(1)
}

async function turns(count: number): Promise<void> {
  for (; count > 0; count--) await new Promise((resolve) => setTimeout(resolve, 0))
}
