/** What it takes to add a capability, done to a copy of this package. @module */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PACKAGE_DIRECTORY } from '../../host/toolchain/package-files.ts'
import { AGENT, EDITS, OWN_FILES, PROBE, type Insertion } from './testing/queue-capability.ts'

const MAX_EDITED_FILES = 6

const copy = mkdtempSync(join(tmpdir(), 'mayfly-new-capability-'))
const run = promisify(execFile)
const node = (...args: readonly string[]): Promise<{ stdout: string }> =>
  run(process.execPath, args, { cwd: copy })
const compile = (): Promise<{ stdout: string }> =>
  node(join(PACKAGE_DIRECTORY, 'node_modules/typescript/bin/tsc'), '-p', 'runtime', '--noEmit')

beforeAll(async () => {
  const parts = ['runtime', 'host', 'components', 'wit', '.github', 'package.json', 'README.md']
  for (const part of parts) {
    cpSync(join(PACKAGE_DIRECTORY, part), join(copy, part), {
      recursive: true,
      filter: (path) => !['node_modules', 'dist', '.mayfly'].includes(basename(path)),
    })
  }
  symlinkSync(join(PACKAGE_DIRECTORY, 'node_modules'), join(copy, 'node_modules'))
  for (const [path, text] of Object.entries({ ...OWN_FILES, ...AGENT, 'probe.ts': PROBE })) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), text)
  }
  for (const [path, insertions] of Object.entries(EDITS)) edit(path, insertions)
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function edit(path: string, insertions: readonly Insertion[]): void {
  const lines = readFileSync(join(copy, path), 'utf8').split('\n')
  for (const { after, text } of insertions) {
    const at = lines.findIndex((line) => line.startsWith(after))
    expect(at, `${path} has no line "${after}"`).toBeGreaterThanOrEqual(0)
    lines.splice(at + 1, 0, text)
  }
  writeFileSync(join(copy, path), lines.join('\n'))
}

describe('a new capability', { timeout: 600_000 }, () => {
  it(`edits at most ${MAX_EDITED_FILES} files`, () => {
    expect(Object.keys(EDITS).length).toBeLessThanOrEqual(MAX_EDITED_FILES)
  })

  it('is missed by the checks until what is generated is written', async () => {
    for (const check of ['host-types', 'manifest-schema', 'engine-bindings']) {
      await expect(node(`.github/checks/${check}.ts`)).rejects.toThrow('out of date')
      await node(`.github/checks/${check}.ts`, '--write')
      await node(`.github/checks/${check}.ts`)
    }
    await node('.github/checks/imports.ts')
  })

  it('can then be granted, revoked, compared, bounded and called', async () => {
    const { stdout } = await node('probe.ts')
    expect(JSON.parse(stdout)).toEqual({
      places: ['queue.jobs'],
      gained: ['queue jobs, 5 times'],
      narrowed: { jobs: { maxMessages: 10, maxUses: 1 } },
      limit: 2,
      answers: [1, 'queue denied', 2, 'queue limited'],
    })
  })

  it('does not compile without one of its parts', async () => {
    await compile()
    const path = join(copy, 'runtime/capabilities/queue/grant.ts')
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, whole.replace('  parts: leasedRecord<QueueGrant>({}),\n', ''))
    await expect(compile()).rejects.toMatchObject({
      stdout: expect.stringContaining("Property 'parts' is missing"),
    })
    writeFileSync(path, whole)
  })
})
