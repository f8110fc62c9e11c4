/** The programs of `.github/LANGUAGES.md`, built by the compilers of this machine and run as agents. @module */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../../runtime/capabilities/log/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { buildAgent } from './index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-recipes-'))
const DOCUMENT = readFileSync(new URL('../../.github/LANGUAGES.md', import.meta.url), 'utf8')
// Compilers are slow, the first time more so.
const BUILD_MS = 240_000

afterAll(() => rmSync(ROOT, { recursive: true }))

interface Recipe {
  readonly name: string
  readonly source: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

// Of the targets of Rust, the first that this machine has. They give different kinds of files.
const RECIPES: readonly (readonly Recipe[])[] = [
  ['wasm32-wasip2', 'wasm32-wasip1', 'wasm32-wasi'].map((target) => ({
    name: `Rust for ${target}`,
    source: 'shout.rs',
    command: 'rustc',
    args: ['--target', target, '-O'],
  })),
  [
    {
      name: 'Go',
      source: 'shout.go',
      command: 'go',
      args: ['build', '-o', 'shout.wasm'],
      env: { GOOS: 'wasip1', GOARCH: 'wasm' },
    },
  ],
  [
    {
      name: 'TinyGo',
      source: 'shout.go',
      command: 'tinygo',
      args: ['build', '-target=wasip2', '-o', 'shout.wasm'],
    },
  ],
]

/** The program in the document that begins with a comment that has the name of its file. */
function programOf(source: string): string {
  const [, text] = new RegExp(`\`\`\`\\w+\\n(// ${source}\\n[^]*?)\`\`\``).exec(DOCUMENT) ?? []
  if (text === undefined) throw new Error(`no program ${source} in LANGUAGES.md`)
  return text
}

/** Whether the compiler is installed, tested with an empty program. */
function canBuild(recipe: Recipe): boolean {
  const nothing = recipe.source.endsWith('.rs') ? 'fn main() {}' : 'package main\nfunc main() {}'
  try {
    compile(recipe, nothing)
    return true
  } catch {
    return false
  }
}

/** Returns the folder with `shout.wasm`. */
function compile({ source, command, args, env = {} }: Recipe, text: string): string {
  const directory = mkdtempSync(join(ROOT, 'recipe-'))
  writeFileSync(join(directory, source), text)
  execFileSync(command, [...args, source], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: 'pipe',
  })
  return directory
}

for (const recipes of RECIPES) {
  const found = recipes.find(canBuild)
  const { name, command, source } = found ?? recipes[0] ?? expect.fail('no recipe')
  const reason = found === undefined ? `: no "${command}" for WASI here` : ''
  describe.skipIf(found === undefined)(`${name}${reason}`, () => {
    it('answers requests and runs as a program', { timeout: BUILD_MS }, async () => {
      const directory = compile(found ?? expect.fail(), programOf(source))
      const manifest = { name: 'shout', component: 'shout.wasm' }
      writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
      const lines: LogLine[] = []
      const runtime = new Runtime({ drivers: { log: { write: (line) => void lines.push(line) } } })
      const agent = await runtime.load(await buildAgent({ directory }))
      for (const body of ['grüß dich', 'x'.repeat(200_000), '']) {
        const response = await agent.fetch(new Request('http://x/', { method: 'POST', body }))
        expect([response.status, await response.text()]).toEqual([200, body.toUpperCase()])
        const bytes = new TextEncoder().encode(body).length
        expect(lines.at(-1)).toMatchObject({ level: 'error', message: `${bytes} bytes` })
      }
      const { exitCode, stdout } = await agent.run({ stdin: 'typed' })
      expect([exitCode, new TextDecoder().decode(stdout)]).toEqual([0, 'TYPED'])
      await runtime.close()
    })
  })
}
