import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, it } from 'vitest'

const THREADS = 3
const FILES = 150

const directory = mkdtempSync(join(tmpdir(), 'mayfly-at-once-'))

afterAll(() => rmSync(directory, { recursive: true }))

/** Opens one new file after the other, each when all threads have come to it. Resolves to the errors. */
function opener(meeting: Int32Array): Promise<string[]> {
  const program = `
    import { parentPort, workerData } from 'node:worker_threads'
    import { sqliteKv } from ${JSON.stringify(new URL('./sqlite-kv.ts', import.meta.url).href)}
    const driver = sqliteKv({ directory: ${JSON.stringify(directory)} })
    const errors = []
    for (let n = 1; n <= ${FILES}; n++) {
      Atomics.add(workerData, 0, 1)
      while (Atomics.load(workerData, 0) < ${THREADS} * n);
      try { await driver.open('agent-' + n) } catch (error) { errors.push(String(error.cause ?? error)) }
    }
    parentPort.postMessage(errors)
  `
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
  const worker = new Worker(url, { workerData: meeting })
  return new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))
}

it('threads that open one new file at once all get it', async () => {
  const meeting = new Int32Array(new SharedArrayBuffer(4))
  const errors = await Promise.all(Array.from({ length: THREADS }, () => opener(meeting)))
  expect(errors.flat()).toEqual([])
}, 60_000)
