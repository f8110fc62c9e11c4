/**
 * Compute kernels in AssemblyScript as an agent runs them, stamp included and with the reset the engine
 * chooses, beside the same module in a bare instance.
 *
 * @module
 */
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Case } from '../suite.ts'
import { assemblyScript } from './subjects/components.ts'

// About a millisecond each.
const KERNELS = [
  { name: 'sha256', times: 2000 },
  { name: 'matrix', times: 4 },
  { name: 'bytes', times: 20 },
] as const

const VARIANTS = [
  { name: 'without fuel', metering: 'watchdog', atMost: 1.05 },
  { name: 'with fuel', metering: 'fuel', atMost: 1.5 },
] as const

export const kernels: Case = {
  name: 'kernels',
  async run({ sampling, progress }) {
    const { core, component } = await assemblyScript('kernels')
    const { exports } = new WebAssembly.Instance(await WebAssembly.compile(core))
    // The exports of `kernels.as.ts`.
    const bare = exports as unknown as Record<string, (times: number) => number>
    const runtime = new Runtime()
    const agents = await Promise.all(
      VARIANTS.map(({ metering }) =>
        runtime.load({ component, manifest: { name: metering, limits: { metering } } }),
      ),
    )
    const findings: Finding[] = []
    for (const [index, { name, times }] of KERNELS.entries()) {
      const native = (): number => (bare[name]?.(times) ?? 0) >>> 0
      const answers: Record<string, unknown> = { bare: native() }
      for (const agent of agents) answers[agent.name] = await agent.call(name, [times])
      assertEqualAnswers(answers)
      const measured = await interleave(
        [
          { name: 'bare instance', run: native },
          ...agents.map((agent, i) => ({
            name: VARIANTS[i]?.name ?? '',
            run: () => agent.call(name, [times]),
          })),
        ],
        { ...sampling, batchMs: (sampling.batchMs ?? 30) * 2 },
      )
      const base = named(measured, 'bare instance')
      const measure = `AssemblyScript, ${name}: run time`
      findings.push({
        measure,
        subject: base.name,
        contender: true,
        unit: 'µs',
        value: base.time,
        cpu: base.cpu,
      })
      for (const { name: variant, atMost } of VARIANTS) {
        const own = named(measured, variant)
        findings.push({
          measure,
          subject: `mayfly, ${variant}`,
          unit: 'µs',
          value: own.time,
          cpu: own.cpu,
          ratio: { of: `${variant} ÷ bare instance`, value: ratioOf(own, base) },
          goal: { on: 'ratio', quantile: 'p50', atMost },
        })
      }
      progress((index + 1) / KERNELS.length)
    }
    return findings
  },
}
