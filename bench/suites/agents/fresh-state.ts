/** Fresh state and one call, for JavaScript and AssemblyScript, beside the same from contenders. @module */
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { jco, jcoFunction } from '../../contenders/jco.ts'
import type { Contender, Opened } from '../../contenders/contender.ts'
import { isolatedVm } from '../../contenders/v8.ts'
import { interleave, named, ratioOf, type Measurement } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { Skipped, type Case } from '../suite.ts'
import {
  agentSubject,
  assemblyScript,
  HANDLE,
  handlerSource,
  honoAgent,
  onComponentizeQjs,
  onQuickJs,
} from './subjects/components.ts'

const ISOLATED_VM = 'isolated-vm'
const MEASURE = 'fresh state + one call'
const REQUEST = get('http://any/ada')

/** The same JavaScript, without the guest library. */
export const javascript: Case = {
  name: 'js',
  async run({ sampling, skip }) {
    const source = await handlerSource('greeter')
    const ours = await onQuickJs(source)
    const theirs = await onComponentizeQjs(source)
    const runtime = new Runtime()
    const agent = await runtime.load({ component: ours, manifest: { name: 'ours' } })
    const adopted = await runtime.load({ component: theirs, manifest: { name: 'theirs' } })
    const asyncExports = [HANDLE]
    const jcoOurs = await jco(ours)
    const jcoTheirs = await jco(theirs, { asyncExports })
    const isolate = await optional(isolatedVm, source, skip)
    const subjects = [
      { name: 'mayfly', run: () => agent.call(HANDLE, [REQUEST]) },
      { name: 'mayfly, componentize-qjs', run: () => adopted.call(HANDLE, [REQUEST]) },
      { name: 'jco', run: () => jcoFunction(jcoOurs(), HANDLE)(REQUEST) },
      { name: 'jco, componentize-qjs', run: () => jcoFunction(jcoTheirs(), HANDLE)(REQUEST) },
      ...(isolate === undefined ? [] : [{ name: ISOLATED_VM, run: () => isolate.answer(REQUEST) }]),
    ]
    const answers: Record<string, unknown> = {}
    for (const { name, run } of subjects) answers[name] = await run()
    assertEqualAnswers(answers)
    const measured = await interleave(subjects, sampling)
    const own = named(measured, 'mayfly')
    const adopting = named(measured, 'mayfly, componentize-qjs')
    const jcoOwn = named(measured, 'jco')
    const jcoAdopting = named(measured, 'jco, componentize-qjs')
    const vm = measured.find(({ name }) => name === ISOLATED_VM)
    const finding = ({ name, time, cpu }: Measurement): Finding => ({
      measure: `JS: ${MEASURE}`,
      subject: name,
      unit: 'µs',
      value: time,
      cpu,
    })
    return [
      {
        ...finding(own),
        ratio: { of: 'jco, same component ÷ mayfly', value: ratioOf(jcoOwn, own) },
        goal: { on: 'ratio', quantile: 'p50', atLeast: 80 },
      },
      ...(vm === undefined
        ? []
        : [
            {
              ...finding(own),
              ratio: { of: 'isolated-vm ÷ mayfly', value: ratioOf(vm, own) },
              goal: { on: 'ratio', quantile: 'p50', atLeast: 100 } as const,
            },
          ]),
      {
        ...finding(adopting),
        ratio: { of: 'jco, same component ÷ mayfly', value: ratioOf(jcoAdopting, adopting) },
        note: 'the component that jco builds, run by mayfly',
      },
      { ...finding(jcoOwn), contender: true },
      { ...finding(jcoAdopting), contender: true },
      ...(vm === undefined ? [] : [{ ...finding(vm), contender: true } as const]),
    ]
  },
}

/** Nothing, and a line that says so, where the contender cannot run. */
async function optional(
  contender: Contender,
  source: string,
  skip: (reason: string) => void,
): Promise<Opened | undefined> {
  try {
    return await contender.open(source)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    skip(error.message)
    return undefined
  }
}

/** As its author writes it: TypeScript, the guest library, a Request and a Response. */
export const typescript: Case = {
  name: 'ts-fetch',
  async run({ sampling }) {
    const built = await agentSubject('fetch')
    const hono = await honoAgent()
    const runtime = new Runtime()
    const agent = await runtime.load(built)
    const app = await runtime.load(hono)
    const request = new Request('http://any/hello')
    const home = new Request('http://any/')
    assertEqualAnswers({
      expected: '{"hello":"world","path":"/hello"}',
      agent: await (await agent.fetch(request)).text(),
    })
    assertEqualAnswers({
      expected: '{"hello":"world"}',
      app: await (await app.fetch(home)).text(),
    })
    const measured = await interleave(
      [
        { name: 'mayfly', run: () => agent.fetch(request) },
        { name: 'mayfly, Hono in the agent', run: () => app.fetch(home) },
      ],
      sampling,
    )
    return measured.map(({ name, time, cpu }, index) => ({
      measure: 'TypeScript: agent.fetch, fresh state',
      subject: name,
      unit: 'µs' as const,
      value: time,
      cpu,
      ...(index === 0 ? { goal: { on: 'value', quantile: 'p50', atMost: 80 } as const } : {}),
    }))
  },
}

export const assemblyscript: Case = {
  name: 'assemblyscript',
  async run({ sampling }) {
    const { core, component } = await assemblyScript('words')
    const module = await WebAssembly.compile(core)
    const runtime = new Runtime()
    const agent = await runtime.load({ component, manifest: { name: 'words' } })
    const text = 'the quick brown fox jumps over the lazy dog'
    const bare = (): number => callBare(module, text)
    assertEqualAnswers({ mayfly: await agent.call('count', [text]), instance: bare() })
    const measured = await interleave(
      [
        { name: 'mayfly', run: () => agent.call('count', [text]) },
        { name: 'new WebAssembly.Instance', run: bare },
      ],
      sampling,
    )
    const own = named(measured, 'mayfly')
    const instance = named(measured, 'new WebAssembly.Instance')
    const measure = `AssemblyScript: ${MEASURE}`
    const ratio = { of: 'WebAssembly.Instance ÷ mayfly', value: ratioOf(instance, own) }
    return [
      {
        measure,
        subject: own.name,
        unit: 'µs',
        value: own.time,
        cpu: own.cpu,
        goal: { on: 'value', quantile: 'p50', atMost: 5 },
      },
      {
        measure,
        subject: own.name,
        unit: 'µs',
        value: own.time,
        cpu: own.cpu,
        ratio,
        goal: { on: 'ratio', quantile: 'p50', atLeast: 10 },
      },
      {
        measure,
        subject: instance.name,
        contender: true,
        unit: 'µs',
        value: instance.time,
        cpu: instance.cpu,
      },
    ]
  },
}

const encoder = new TextEncoder()

/** The least that a fresh instance can cost: no component, no checks, the string lowered by hand. */
function callBare(module: WebAssembly.Module, text: string): number {
  const { exports } = new WebAssembly.Instance(module)
  // The exports of `words.as.ts`.
  const { memory, cabi_realloc, count } = exports as unknown as {
    memory: WebAssembly.Memory
    cabi_realloc: (old: number, oldSize: number, align: number, size: number) => number
    count: (start: number, length: number) => number
  }
  const start = cabi_realloc(0, 0, 1, text.length)
  const { written } = encoder.encodeInto(text, new Uint8Array(memory.buffer, start))
  return count(start, written)
}
