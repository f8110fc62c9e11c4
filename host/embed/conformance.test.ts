import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { writeFiles } from '../cli/testing/mayfly-process.ts'
import { CONFORMANCE_AGENT, TARGET_CONFORMANCE } from '../targets/conformance.ts'
import { buildAgent } from '../toolchain/index.ts'
import { controlPlane, dataPlane } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-embedded-'))
const runtime = new Runtime()
const app = new Hono()
  .route('/', controlPlane(runtime, { access: { state: 'local' } }))
  .route('/', dataPlane(runtime))

beforeAll(async () => {
  const directory = writeFiles(join(folder, 'probe'), CONFORMANCE_AGENT)
  await runtime.load(await buildAgent({ directory }))
}, 60_000)

afterAll(async () => {
  await runtime.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a program that embeds Mayfly', () => {
  const ask = async (path: string, init?: RequestInit): Promise<Response> => app.request(path, init)
  it.each(TARGET_CONFORMANCE)('$name', ({ run }) => run({ ask, control: ask }))
})
