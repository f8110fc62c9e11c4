/** Stores: the cost of a get and a set of a guest, without the time of the driver itself. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteKv } from '../../../host/drivers/sqlite-kv/index.ts'
import { memoryKv, type KvDriver } from '../../../runtime/capabilities/kv/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { interleave, named } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import type { Case, CaseContext } from '../suite.ts'
import { HANDLE } from '../agents/subjects/components.ts'
import { addedCost } from './added-cost.ts'
import { capabilitySubject, KV_KEY, kvLoop } from './subjects/agents.ts'

// Few enough that a run is shorter than the slice of time a busy machine gives.
const CALLS = 20
const MAX_ADDED_MICROS = 10
const QUOTA = { maxBytes: 1_000_000, maxKeys: 1_000 }
const VALUE = new TextEncoder().encode('value')

export const kvMemory: Case = {
  name: 'kv-memory',
  run: (context) => measure('memory', memoryKv(), context),
}

export const kvSqlite: Case = {
  name: 'kv-sqlite',
  async run(context) {
    const directory = mkdtempSync(join(tmpdir(), 'mayfly-bench-kv-'))
    try {
      return await measure('SQLite', sqliteKv({ directory }), context)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
}

async function measure(
  driverName: string,
  driver: KvDriver,
  { sampling }: CaseContext,
): Promise<Finding[]> {
  const runtime = new Runtime({ drivers: { kv: driver } })
  const script = await runtime.load(await capabilitySubject('kv'))
  const { capabilities, limits } = script.manifest
  const loop = await runtime.load({
    component: await kvLoop(),
    manifest: { name: 'loop', capabilities, limits },
  })
  await using space = await driver.open('direct')
  const findings: Finding[] = []
  for (const action of ['set', 'get'] as const) {
    const direct = (): void => {
      for (let call = 0; call < CALLS; call++) {
        // Both drivers answer at once. An await would add its own time to the part that is subtracted.
        if (action === 'get') void space.get('notes', KV_KEY)
        else void space.set('notes', { key: KV_KEY, value: VALUE }, QUOTA)
      }
    }
    const ask = (count: number): Promise<unknown> =>
      script.call(HANDLE, [get(`http://any/${action}/${count}`)])
    const answered = (await ask(1)) as { body: Uint8Array } // The type in the handler interface.
    assertEqualAnswers({
      expected: action === 'get' ? 'value' : 'undefined',
      script: new TextDecoder().decode(answered.body),
    })
    // The discriminant of the last result: it was no error.
    assertEqualAnswers({ expected: 0, loop: await loop.call(action, [1]) })
    const measured = await interleave(
      [
        { name: 'driver', run: direct },
        { name: 'loop', run: () => loop.call(action, [CALLS]) },
        { name: 'loop without', run: () => loop.call(action, [0]) },
        { name: 'script', run: () => ask(CALLS) },
        { name: 'script without', run: () => ask(0) },
      ],
      sampling,
    )
    const own = named(measured, 'driver')
    const measureText = `kv ${action} on ${driverName}`
    findings.push({
      measure: `${measureText}: the driver by itself`,
      subject: driver.name,
      unit: 'µs',
      value: addedCost({ calls: own, count: CALLS }),
    })
    for (const [subject, text] of [
      ['loop', 'smallest guest'],
      ['script', 'TypeScript agent'],
    ] as const) {
      findings.push({
        measure: `${measureText}: added for a guest`,
        subject: text,
        unit: 'µs',
        value: addedCost({
          calls: named(measured, subject),
          none: named(measured, `${subject} without`),
          own,
          count: CALLS,
        }),
        goal: { on: 'value', quantile: 'p50', atMost: MAX_ADDED_MICROS },
        note: 'quantiles are over rounds',
      })
    }
  }
  return findings
}
