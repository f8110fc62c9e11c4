import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TYPES_FILE } from '../agent-types.ts'
import { writeFiles } from '../testing/mayfly-process.ts'
import { refreshTypesOf } from './types-of-agents.ts'

const MANIFEST = { name: 'one', source: 'agent.ts', capabilities: { config: { A: 'a' } } }

let folder = ''
const printed: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-types-'))
  printed.length = 0
  for (const stream of ['log', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((line) => void printed.push(String(line)))
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

function typesIn(agent: string): string {
  return readFileSync(join(folder, agent, TYPES_FILE), 'utf8')
}

it('writes the types of agents that have a tsconfig.json or the file, once, and of no others', () => {
  writeFiles(folder, {
    'checked/agent.json': MANIFEST,
    'checked/tsconfig.json': {},
    'known/agent.json': MANIFEST,
    [`known/${TYPES_FILE}`]: 'old',
    'plain/agent.json': MANIFEST,
    'broken/agent.json': '{',
    'broken/tsconfig.json': {},
  })
  const paths = ['checked', 'known/agent.json', 'plain', 'broken', 'gone', 'gone.wasm'].map(
    (path) => join(folder, path),
  )
  refreshTypesOf(paths, undefined)
  expect([typesIn('checked'), typesIn('known')]).toEqual([
    expect.stringContaining('"A": string'),
    typesIn('checked'),
  ])
  for (const other of ['plain', 'broken'])
    expect(existsSync(join(folder, other, TYPES_FILE))).toBe(false)
  expect(printed).toHaveLength(2)
  refreshTypesOf(paths, undefined)
  expect(printed).toHaveLength(2)
})

it('replaces a link of that name, and not the file that it leads to', () => {
  writeFiles(folder, { 'one/agent.json': MANIFEST, mine: 'mine' })
  symlinkSync('../mine', join(folder, 'one', TYPES_FILE))
  refreshTypesOf([join(folder, 'one')], undefined)
  expect(typesIn('one')).toContain('"A": string')
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine')
})
