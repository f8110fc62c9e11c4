/** Bounds on sizes and costs, so that no growth is missed. Checked by `npm run bench:check`. @module */
import type { Budget } from './measure/budget.ts'

export const BUDGETS: readonly Budget[] = [
  {
    name: 'runtime, bundled and compressed: KiB',
    of: { kind: 'bundle' },
    // 145 when it was set, 173 since components may wait, stream and rest without a stack, 11 more for WebSockets, queues and
    // schedules. A Worker may have 3 MiB in all, and the runtime takes its part from the agent.
    atMost: 208,
  },
  {
    name: 'JavaScript: a fresh instance takes so many stamps',
    of: {
      kind: 'ratio',
      at: 'cold-start/languages',
      measure: 'fresh state, JavaScript (QuickJS)',
      subject: 'fresh instance',
    },
    atLeast: 30,
  },
  {
    name: 'AssemblyScript: a fresh instance takes so many stamps',
    of: {
      kind: 'ratio',
      at: 'cold-start/languages',
      measure: 'fresh state, AssemblyScript',
      subject: 'fresh instance',
    },
    atLeast: 10,
  },
  {
    name: 'an agent among a hundred: KiB of pages that are its own',
    of: {
      kind: 'value',
      at: 'memory/agents',
      measure: 'pages no other agent shares, each',
      subject: '100 agents',
    },
    // 68 when it was set. Linker, guest library and image decide it, the machine does not.
    atMost: 90,
  },
  {
    name: 'an agent among a hundred: KiB of resident memory',
    of: {
      kind: 'value',
      at: 'memory/agents',
      measure: 'resident, each loaded JS agent',
      subject: '100 agents',
    },
    // 800 to 1,100 when it was set, most of it the engine that all of them share.
    atMost: 1500,
  },
]
