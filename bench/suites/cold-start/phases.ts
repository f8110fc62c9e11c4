/** Where the time of an agent's life goes, from its bytes to its first answer and to each one after. @module */
import { decodeComponent, readSnapshot, rewriteModule } from '../../../runtime/binary/index.ts'
import { compilePlan, makePlan } from '../../../runtime/link/index.ts'
import { get } from '../../contenders/agent-message.ts'
import { interleave } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { holdSlot } from '../engine/engine-slot.ts'
import {
  agentSubject,
  HANDLE,
  handlerSource,
  onComponentizeQjs,
} from '../engine/subjects/components.ts'
import type { Case } from '../suite.ts'

const MAX_MEMORY_PAGES = 1024
const REQUEST = get('http://any/')

export const phases: Case = {
  name: 'phases',
  async run({ sampling, progress }) {
    const subjects = [
      ['TypeScript', (await agentSubject('fetch')).component],
      ['AssemblyScript', (await agentSubject('text')).component],
      ['componentize-qjs', await onComponentizeQjs(await handlerSource('greeter'))],
    ] as const
    const findings: Finding[] = []
    for (const [index, [subject, component]] of subjects.entries()) {
      const measured = await interleave(await phasesOf(component), {
        ...sampling,
        // Compiling an engine takes most of a second: few rounds tell enough.
        rounds: Math.min(4, sampling.rounds ?? 4),
        warmUpMs: 1,
        batchMs: 1,
      })
      for (const { name, time } of measured) {
        findings.push({ measure: `phase: ${name}`, subject, unit: 'µs', value: time })
      }
      progress((index + 1) / subjects.length)
    }
    return findings
  },
}

interface Phase {
  readonly name: string
  run(): unknown
  before?(): unknown
}

async function phasesOf(component: Uint8Array): Promise<Phase[]> {
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
  return [
    { name: 'decode', run: () => decodeComponent(component) },
    { name: 'link', run: () => compilePlan(makePlan(decoded, component)) },
    { name: 'rewrite', run: rewrite },
    {
      name: 'compile',
      run: () => Promise.all(rewritten.map((bytes) => WebAssembly.compile(bytes))),
    },
    { name: 'image', run: () => modules.map(readSnapshot) },
    { name: 'instantiate', run: () => slot.another() },
    {
      name: 'stamp',
      before: () => slot.call(HANDLE, [REQUEST]),
      run: () => slot.stamp(),
    },
    { name: 'call', before: () => slot.stamp(), run: () => slot.call(HANDLE, [REQUEST]) },
  ]
}
