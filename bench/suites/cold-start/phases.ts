/**
 * Where the time of an agent's life goes, from its bytes to its first answer and to each one after.
 *
 * `decode`, `link`, `rewrite` and `compile` are of the code, once for all agents that share it; `init` and
 * `image` of the agent; `instantiate` of a slot; `stamp`, `call` and `scrub` of every request.
 *
 * @module
 */
import { decodeComponent, readSnapshot, rewriteModule } from '../../../runtime/binary/index.ts'
import { compilePlan, makePlan } from '../../../runtime/link/index.ts'
import { get } from '../../contenders/agent-message.ts'
import { interleave } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { holdSlot } from '../agents/held-slot.ts'
import { agentSubject, HANDLE, handlerSource } from '../agents/subjects/components.ts'
import { Skipped, type Case } from '../suite.ts'
import { onStarlingMonkey, wordsInC } from './subjects/toolchains.ts'

const MAX_MEMORY_PAGES = 1024
const REQUEST = get('http://any/')
const TEXT = 'the quick brown fox jumps over the lazy dog'

interface Subject {
  readonly name: string
  readonly call: readonly [name: string, args: readonly unknown[]]
  component(): Promise<Uint8Array>
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'TypeScript',
    call: [HANDLE, [REQUEST]],
    component: async () => (await agentSubject('fetch')).component,
  },
  {
    name: 'AssemblyScript',
    call: [HANDLE, [REQUEST]],
    component: async () => (await agentSubject('text')).component,
  },
  { name: 'C', call: ['count', [TEXT]], component: wordsInC },
  {
    name: 'StarlingMonkey',
    call: [HANDLE, [REQUEST]],
    component: async () => onStarlingMonkey(await handlerSource('greeter')),
  },
]

export const phases: Case = {
  name: 'phases',
  async run({ quick, sampling, progress, skip }) {
    const findings: Finding[] = []
    for (const [index, subject] of SUBJECTS.entries()) {
      try {
        const measured = await interleave(await phasesOf(subject), {
          ...sampling,
          // Compiling an engine takes most of a second: few rounds tell enough.
          rounds: quick ? 1 : 4,
          warmUpMs: 1,
          batchMs: 1,
        })
        for (const { name, time } of measured) {
          const measure = `phase: ${name}`
          findings.push({ measure, subject: subject.name, unit: 'µs', value: time })
        }
      } catch (error) {
        if (!(error instanceof Skipped)) throw error
        skip(error.message)
      }
      progress((index + 1) / SUBJECTS.length)
    }
    return findings
  },
}

interface Phase {
  readonly name: string
  run(): unknown
  before?(): unknown
}

async function phasesOf({ component: build, call: [name, args] }: Subject): Promise<Phase[]> {
  const component = await build()
  const decoded = decodeComponent(component)
  const plan = makePlan(decoded, component)
  const modules = plan.modules.map(({ start, end }) => component.slice(start, end))
  const rewrite = (): Uint8Array<ArrayBuffer>[] =>
    modules.map((bytes) => {
      const options = { exportState: true, stripData: true, marks: true, fuel: true }
      return rewriteModule(bytes, { ...options, maxMemoryPages: MAX_MEMORY_PAGES }).bytes
    })
  const rewritten = rewrite()
  const slot = await holdSlot(component, { marks: true, fuel: true })
  let capture = slot.initialise()
  return [
    { name: 'decode', run: () => decodeComponent(component) },
    { name: 'link', run: () => compilePlan(makePlan(decoded, component)) },
    { name: 'rewrite', run: rewrite },
    {
      name: 'compile',
      run: () => Promise.all(rewritten.map((bytes) => WebAssembly.compile(bytes))),
    },
    {
      name: 'init',
      run: () => {
        modules.map(readSnapshot)
        slot.initialise()
      },
    },
    { name: 'image', before: () => (capture = slot.initialise()), run: () => capture() },
    { name: 'instantiate', run: () => slot.another() },
    { name: 'stamp', before: () => slot.call(name, args), run: () => slot.stampState() },
    {
      name: 'call',
      before: () => {
        slot.stampState()
        slot.scrub()
      },
      run: () => slot.call(name, args),
    },
    {
      name: 'scrub',
      before: async () => {
        slot.stampState()
        await slot.call(name, args)
      },
      run: () => slot.scrub(),
    },
  ]
}
