/** Results for tests of the report: every chart has something to show, names as long as they get. @module */
import type { ResultLine, Run } from '../measure/results.ts'
import { summarise } from '../measure/statistics.ts'
import { resultsOf, type Results } from './read-results.ts'

export function exampleResults(
  commits: readonly string[] = ['0a1b2c3', '4d5e6f7', '8a9b0c1+'],
): Results {
  return resultsOf(commits.flatMap(linesOf))
}

const CONTENDERS = [
  ['mayfly', 18],
  ['a plain function', 0.1],
  ['isolated-vm, snapshot', 1900],
  ['quickjs-wasi, restore', 1650],
  ['workerd, dynamic worker', 12_300],
  ['Node process', 36_400],
] as const
const LATENCIES = [
  ['js', 'JS: fresh state + one call', 'mayfly, componentize-qjs', 24],
  ['ts-fetch', 'TypeScript: agent.fetch, fresh state', 'mayfly, Hono in the agent', 260],
  ['assemblyscript', 'AssemblyScript: fresh state + one call', 'new WebAssembly.Instance', 13],
  ['suspend', 'fresh state + call with an import that suspends', 'jco', 171],
] as const
const PHASES = ['decode', 'rewrite', 'compile', 'link', 'init', 'image', 'stamp', 'call', 'scrub']
const SERVED = ['bare Hono, 100 B', 'AssemblyScript, 100 B, 2 workers', 'TypeScript, waiting 50 ms']

function linesOf(commit: string, index: number): ResultLine[] {
  const run: Run = {
    at: `2026-01-0${index + 1}T12:00:00.000Z`,
    command: 'npm run bench',
    quick: false,
    machine: {
      cpu: 'An Example Processor 9000',
      cores: 2,
      memoryGiB: 24,
      kernel: '6.1.0',
      node: '26.0.0',
      v8: '14.0',
      commit,
    },
    noise: { spread: 1.02, load: 0.1, quiet: true },
  }
  const line = (
    at: `${string}/${string}`,
    measure: string,
    subject: string,
    value: number,
    unit: ResultLine['unit'] = 'µs',
  ): ResultLine => {
    const [suite = '', name = ''] = at.split('/')
    const spread = summarise([value, value, value * 1.1, value * 1.4, value * 6])
    return { suite, case: name, measure, subject, unit, value: spread, run }
  }
  const goal = { on: 'ratio', quantile: 'p50', atLeast: 80 } as const
  return [
    ...CONTENDERS.map(([subject, value]) =>
      line('cold-start/isolation', 'one request with clean state', subject, value),
    ),
    ...LATENCIES.map(([name, measure, subject, value]) =>
      line(`agents/${name}`, measure, subject, value),
    ),
    ...['jco, same component ÷ mayfly', 'isolated-vm ÷ mayfly'].map((of, i) => ({
      ...line('agents/js', 'JS: fresh state + one call', 'mayfly', 20),
      ratio: { of, value: summarise([70 + 20 * i + index, 75 + 20 * i, 80 + 20 * i]) },
      goal,
      met: false,
    })),
    ...PHASES.flatMap((phase, i) =>
      ['TypeScript', 'AssemblyScript'].map((subject) =>
        line('cold-start/phases', `phase: ${phase}`, subject, 10 ** (i % 5)),
      ),
    ),
    ...[1, 8, 32, 128, 256].flatMap((count) =>
      SERVED.flatMap((subject, i) => {
        const measure = `HTTP, ${count} connections`
        const at = 'throughput/connections'
        return [
          line(at, `${measure}: throughput`, subject, count * 900 * (i + 1), 'req/s'),
          line(at, `${measure}: latency`, subject, count * (i + 0.1), 'ms'),
        ]
      }),
    ),
    ...[1, 10, 100, 1000, 10_000].map((count) => {
      const measure = 'resident, each loaded JS agent'
      return line('memory/agents', measure, `${count} agents`, 20_000 / count + 100, 'KiB')
    }),
    ...[1, 100, 1000].flatMap((count) =>
      ['', ', reset by copying'].map((how) => {
        const measure = 'resident, each suspended invocation'
        const at = how === '' ? 'memory/slots' : 'memory/slots-copied'
        return line(at, measure, `${count} at once${how}`, 700 + count / 10, 'KiB')
      }),
    ),
    line('memory/agents', 'pages no other agent shares, each', '100 agents', 70, 'KiB'),
  ]
}
