import { describe, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { REFUSED } from '../targets/node/testing/components.ts'
import { COMMAND_CONFORMANCE, type CallOutcome } from './commands/conformance.ts'
import { MemoryBus } from './memory-bus.ts'
import { hostedAgent } from './testing/hosted-agent.ts'

describe('MemoryBus', () => {
  it.each(COMMAND_CONFORMANCE)('$name', async ({ run }) => {
    const runtime = new Runtime()
    {
      await using bus = new MemoryBus(runtime)
      await run({
        bus,
        places: 1,
        agent: (...given) => hostedAgent(runtime, ...given),
        call: (name) => call(bus, name),
      })
    }
    await runtime.close()
  })
})

async function call(bus: MemoryBus, name: string): Promise<CallOutcome> {
  const agent = bus.deployment.callable.find((each) => each.name === name)
  if (agent === undefined) return 'absent'
  const { signal } = new AbortController()
  try {
    const outcome = await agent.call(
      'run',
      { n: 1 },
      { id: name, signal, startedAt: performance.now() },
    )
    if (outcome.state !== 'returned') return 'refused'
    return outcome.result === REFUSED ? 'denied' : 'answered'
  } catch {
    return 'refused'
  }
}
