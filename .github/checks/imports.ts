/**
 * Checks that imports point one way, and that ARCHITECTURE.md shows the table by which they do; writes that with
 * `--write`.
 *
 * Tests and their helpers may import anything. An allowance that no file uses fails the check.
 *
 * @module
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { checkImports } from './import-table/check-imports.ts'
import type { Rule } from './import-table/rule.ts'
import { withTable } from './import-table/table-text.ts'

// Grants. Their list and each of them are pure data, unlike the rest of a capability.
const GRANTS = 'runtime/capabilities/*/grant.ts'
const LIST_OF_GRANTS = 'runtime/capabilities/grants.ts'

/** The import table. */
export const RULES: readonly Rule[] = [
  {
    folder: 'runtime/index.ts',
    may: inRuntime('errors digest abi link stamp manifest policy host-module agents presets'),
  },
  { folder: 'runtime/errors', may: [] },
  { folder: 'runtime/bytes', may: [] },
  { folder: 'runtime/encoding', may: [] },
  { folder: 'runtime/digest', may: inRuntime('encoding') },
  { folder: 'runtime/modules', may: inRuntime('errors encoding') },
  { folder: 'runtime/binary', may: inRuntime('errors') },
  { folder: 'runtime/abi', may: inRuntime('errors encoding') },
  { folder: 'runtime/audit', may: inRuntime('errors encoding') },
  { folder: 'runtime/grants', may: [], packages: ['zod'] },
  {
    folder: 'runtime/documents',
    may: inRuntime('errors'),
    packages: ['zod', 'jsonc-parser'],
  },
  { folder: GRANTS, may: inRuntime('grants'), packages: ['zod'] },
  { folder: LIST_OF_GRANTS, may: [...inRuntime('grants'), GRANTS] },
  { folder: 'runtime/meter', may: [LIST_OF_GRANTS] },
  {
    folder: 'runtime/manifest',
    may: [...inRuntime('documents digest grants'), LIST_OF_GRANTS, GRANTS],
    packages: ['zod'],
  },
  {
    folder: 'runtime/policy',
    may: [...inRuntime('errors manifest grants'), LIST_OF_GRANTS, GRANTS],
  },
  {
    folder: 'runtime/host-policy',
    may: [...inRuntime('errors documents grants manifest'), LIST_OF_GRANTS],
    packages: ['zod'],
  },
  { folder: 'runtime/link', may: inRuntime('errors modules binary abi') },
  { folder: 'runtime/stamp', may: inRuntime('errors encoding digest modules binary link meter') },
  {
    folder: 'runtime/host-module',
    may: [...inRuntime('meter policy'), LIST_OF_GRANTS],
  },
  {
    folder: 'runtime/capabilities/*',
    may: inRuntime('errors host-module policy'),
    siblings: {},
  },
  {
    // The second face of its client is of WASI.
    folder: 'runtime/capabilities/http',
    may: inRuntime(
      'errors bytes encoding host-module policy manifest wasi capabilities/blob capabilities/poll',
    ),
  },
  {
    // The results of tools may stay blobs, started calls can be waited for, and the next handler of WASI is a tool.
    folder: 'runtime/capabilities/tools',
    may: inRuntime('host-module policy wasi capabilities/blob capabilities/poll'),
  },
  {
    // Its keys come from the source of secrets of http, and long operations of all agents take turns.
    folder: 'runtime/capabilities/secrets',
    may: inRuntime('errors encoding host-module policy capabilities/http'),
  },
  {
    folder: 'runtime/capabilities/websocket',
    may: inRuntime('errors host-module capabilities/http'),
  },
  {
    folder: 'runtime/wasi/*',
    may: inRuntime('errors host-module policy manifest serve'),
    // Streams and pollables are in the signatures of the others; a file has times.
    siblings: { '*': ['io'], filesystem: ['clocks'] },
  },
  {
    folder: 'runtime/serve',
    may: inRuntime('errors bytes meter manifest policy host-module'),
  },
  {
    folder: 'runtime/agents',
    may: inRuntime(
      'errors bytes encoding digest binary abi link stamp meter manifest policy audit host-module serve',
    ),
  },
  {
    // Both sides: the host's, and that of a process that runs guests alone.
    folder: 'runtime/isolation',
    may: inRuntime('errors bytes abi link meter manifest agents'),
  },
  {
    // What packs, and what loads: the second imports nothing that reads components.
    folder: 'runtime/packed',
    may: inRuntime('errors digest modules link stamp manifest host-module agents'),
  },
  {
    folder: 'runtime/presets',
    may: inRuntime('errors agents capabilities host-module manifest packed stamp wasi'),
  },
  { folder: 'host/digest', may: inRuntime('digest'), packages: ['node:crypto'] },
  {
    folder: 'host/toolchain',
    may: [
      ...inRuntime('errors digest manifest binary capabilities/intl'),
      'host/assets',
      'host/digest',
      'host/files',
      'host/source-maps',
    ],
    packages: [
      'node:',
      '@bytecodealliance/',
      'componentize-qjs',
      'esbuild',
      'assemblyscript',
      'binaryen',
      'jsonc-parser',
    ],
  },
  { folder: 'host/files', may: [], packages: ['node:'] },
  { folder: 'host/assets', may: [...inRuntime('errors'), 'host/digest'] },
  { folder: 'host/version', may: [], packages: ['node:'] },
  { folder: 'host/websocket', may: inRuntime('host-module'), packages: ['ws'] },
  { folder: 'host/data-directory', may: [], packages: ['node:path'] },
  { folder: 'host/load', may: [], packages: ['node:'] },
  { folder: 'host/sqlite', may: inRuntime('errors'), packages: ['node:'] },
  { folder: 'host/source-maps', may: inRuntime('errors'), packages: ['node:'] },
  {
    folder: 'host/registry',
    may: [
      'runtime',
      'host/assets',
      'host/digest',
      'host/source-maps',
      'host/app',
      'host/control',
      'host/data-directory',
    ],
  },
  {
    folder: 'host/app',
    may: [...inRuntime('errors agents host-module manifest policy'), 'host/assets'],
    packages: ['hono'],
  },
  {
    folder: 'host/control',
    may: inRuntime('errors agents manifest grants'),
    packages: ['hono'],
  },
  {
    // The side of the host. What a browser runs is in `client`, and knows the messages alone.
    folder: 'host/dashboard',
    may: [...inRuntime('encoding errors'), 'host/control', 'host/digest'],
    packages: ['node:', 'esbuild'],
  },
  {
    folder: 'host/protocols/*',
    may: [...inRuntime('agents'), 'host/control', 'host/digest'],
    packages: ['hono', '@modelcontextprotocol/'],
    siblings: {},
  },
  {
    folder: 'host/drivers/*',
    may: [
      ...inRuntime('errors encoding capabilities host-module policy wasi audit stamp'),
      'host/assets',
      'host/digest',
      'host/files',
      'host/websocket',
      'host/sqlite',
      'host/registry/state',
    ],
    packages: ['node:', 'redis', 'ws'],
    siblings: {},
  },
  {
    folder: 'host/triggers/*',
    may: [...inRuntime('abi agents capabilities errors manifest'), 'host/sqlite'],
    packages: ['node:', 'croner'],
    siblings: {},
  },
  {
    // The programs that it writes are bundled with the doors of this package, found by path.
    folder: 'host/pack',
    may: inRuntime('errors manifest presets'),
    packages: ['node:', 'esbuild'],
  },
  { folder: 'host/embed', may: ['runtime', 'host/app', 'host/control'], packages: ['hono'] },
  {
    folder: 'host/doors',
    may: [
      'runtime',
      'host/assets',
      'host/app',
      'host/control',
      'host/embed',
      'host/toolchain',
      'host/test-agent',
      'host/drivers',
      'host/targets',
    ],
  },
  {
    folder: 'host/test-agent',
    may: [
      ...inRuntime('errors manifest host-module capabilities agents presets'),
      'host/toolchain',
      'host/drivers',
    ],
    packages: ['node:'],
  },
  {
    folder: 'host/targets/*',
    may: [
      'runtime',
      'host/assets',
      'host/app',
      'host/control',
      'host/dashboard',
      'host/protocols',
      'host/version',
      'host/websocket',
      'host/data-directory',
      'host/embed',
      'host/registry',
      'host/source-maps',
      'host/drivers',
      'host/triggers',
    ],
    packages: ['node:', '@hono/', 'hono', 'pino'],
    siblings: {},
  },
  {
    folder: 'host/cli',
    may: [
      'runtime',
      'host/data-directory',
      // The messages of a host, as types.
      'host/control',
      'host/files',
      'host/toolchain',
      'host/source-maps',
      'host/targets',
      'host/drivers',
      'host/version',
    ],
    packages: ['node:', 'watchpack'],
  },
  {
    folder: 'host/cli/verbs/*',
    may: [
      'runtime',
      'host/data-directory',
      'host/control',
      'host/digest',
      'host/protocols',
      'host/version',
      'host/load',
      'host/pack',
      'host/toolchain',
      'host/source-maps',
      'host/targets',
      'host/drivers',
      'host/cli',
    ],
    packages: ['node:', '@modelcontextprotocol/server'],
    siblings: {},
    hasFiles: true,
  },
]

const TESTS = /\.test\.ts$|\/testing\/|\/templates\/|conformance\.ts$/

if (import.meta.main) process.exitCode = (await main(join(import.meta.dirname, '../..'))) ? 0 : 1

/** Returns whether there is no problem; prints problems on stderr. */
async function main(root: string): Promise<boolean> {
  const paths = globSync('{runtime,host}/**/*.ts', { cwd: root })
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => !TESTS.test(path))
  const problems = checkImports(
    RULES,
    paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  )
  const document = join(root, '.github/ARCHITECTURE.md')
  const text = readFileSync(document, 'utf8')
  const current = await withTable(text, RULES)
  if (current !== text && process.argv.includes('--write')) writeFileSync(document, current)
  else if (current !== text) {
    problems.push(
      '.github/ARCHITECTURE.md is out of date: run node .github/checks/imports.ts --write',
    )
  }
  for (const problem of problems) console.error(problem)
  return problems.length === 0
}

function inRuntime(folders: string): string[] {
  return folders.split(' ').map((folder) => `runtime/${folder}`)
}
