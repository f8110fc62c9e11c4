/** @module */
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { refreshTypes, TYPES_FILE } from './agent-types.ts'
import { writeFiles } from './testing/mayfly-process.ts'
import { verb } from './verbs/types.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-types-'))
afterAll(() => rmSync(ROOT, { recursive: true }))

writeFiles(ROOT, {
  'package.json': { workspaces: ['*'] },
  'caller/agent.json': {
    name: 'caller',
    source: 'agent.ts',
    capabilities: {
      config: { 'WITH-DASH': 'hidden', GREETING: 'hidden' },
      kv: { visits: { access: 'write' }, notes: { access: 'read' } },
      tools: { sum: { agent: 'adder' }, adder: {}, away: {} },
      secrets: { KEY: { use: ['hmac-sha256', 'aes-gcm'] }, TEXT: { readable: true } },
    },
  },
  'caller/agent.ts': '',
  'adder/agent.json': { name: 'adder', source: 'agent.ts' },
  'adder/agent.ts': 'export interface Input { a: number }\nexport default {}\n',
  'asker/agent.json': {
    name: 'asker',
    source: 'agent.ts',
    capabilities: {
      tools: { maths: { functions: ['add', 'a:b/c#d'] }, adder: { functions: ['x'] } },
    },
  },
  'asker/agent.ts': '',
  'maths/agent.json': { name: 'maths', source: 'agent.ts' },
  'maths/agent.ts': 'export const functions = {}\n',
  'bare/agent.json': { name: 'bare', source: 'agent.ts' },
  'bare/agent.ts': '',
})
const CALLER = join(ROOT, 'caller')

describe('refreshTypes()', () => {
  it('writes the types of functions that tools declare', () => {
    const { file } = refreshTypes(join(ROOT, 'asker'))
    expect(readFileSync(file, 'utf8')).toContain(`    tools: {
      "adder": { input: import("../adder/agent.ts").Input; output: unknown }
      "adder#x": { input: unknown; output: unknown }
      "maths": { input: unknown; output: unknown }
      "maths#a:b/c#d": { input: unknown; output: unknown }
      "maths#add": { input: import("mayfly/guest").InputOf<(typeof import("../maths/agent.ts"))["functions"]["add"]>; output: import("mayfly/guest").OutputOf<(typeof import("../maths/agent.ts"))["functions"]["add"]> }
    }
`)
  })

  it('writes the names that the manifest grants, in one order, and no value', () => {
    const { file, wasStale } = refreshTypes(CALLER)
    expect([file, wasStale]).toEqual([join(CALLER, TYPES_FILE), true])
    expect(readFileSync(file, 'utf8'))
      .toBe(`// What agent.json grants, as types. Written by mayfly types: changes here are lost.
declare namespace Mayfly {
  interface Grants {
    config: {
      "GREETING": string
      "WITH-DASH": string
    }
    kv: {
      "notes": "read"
      "visits": "write"
    }
    queue: {}
    tools: {
      "adder": { input: import("../adder/agent.ts").Input; output: unknown }
      "away": { input: unknown; output: unknown }
      "sum": { input: import("../adder/agent.ts").Input; output: unknown }
    }
    secrets: {
      "KEY": { use: "hmac-sha256" | "aes-gcm"; readable: false }
      "TEXT": { use: never; readable: true }
    }
  }
}
`)
  })

  it('leaves a file that is right as it is', () => {
    const { file } = refreshTypes(CALLER)
    utimesSync(file, 1, 1)
    expect(refreshTypes(CALLER).wasStale).toBe(false)
    expect(statSync(file).mtimeMs).toBe(1000)
  })

  it('follows the manifest', () => {
    const bare = join(ROOT, 'bare')
    expect(readFileSync(refreshTypes(bare).file, 'utf8')).toContain('    kv: {}\n')
    const capabilities = { kv: { later: { access: 'read' } } }
    writeFiles(bare, { 'agent.json': { name: 'bare', source: 'agent.ts', capabilities } })
    expect(refreshTypes(bare, { check: true }).wasStale).toBe(true)
    expect(readFileSync(join(bare, TYPES_FILE), 'utf8')).not.toContain('later')
    refreshTypes(bare)
    expect(readFileSync(join(bare, TYPES_FILE), 'utf8')).toContain('"later": "read"')
  })
})

describe('mayfly types', () => {
  it('--check fails on a stale file and passes a right one', async () => {
    const run = (...positionals: string[]): Promise<number> =>
      verb.run({ values: { check: true }, positionals })
    expect(await run(join(ROOT, 'adder'))).toBe(1)
    expect(await verb.run({ values: {}, positionals: [join(ROOT, 'adder')] })).toBe(0)
    expect(await run(join(ROOT, 'adder'))).toBe(0)
  })

  it('refuses a folder without a manifest', async () => {
    const made = verb.run({ values: {}, positionals: [ROOT] })
    await expect(made).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })
})
