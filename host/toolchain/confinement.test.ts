/** Builds of agents that reach for files outside, by every way there is, and the like ones that stay inside. @module */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { buildAgent } from './index.ts'
import {
  built,
  failure,
  HANDLER,
  OUTSIDE,
  project,
  SECRET,
  type Files,
} from './testing/beside-secrets.ts'

describe('a build of TypeScript reads nothing outside by', () => {
  test.each<[way: string, files: Files, place: RegExp]>([
    [
      'an import of a text',
      { 'agent/agent.ts': `import secret from '../id_rsa' with { type: 'text' }\n${HANDLER}` },
      /agent\.ts:1:\d+: Cannot read ".*id_rsa"/,
    ],
    [
      'an import of JSON by its absolute path',
      { 'agent/agent.ts': `\nimport secret from '@/secret.json'\n${HANDLER}` },
      /agent\.ts:2:\d+: Cannot read ".*secret\.json"/,
    ],
    [
      'an import of a module',
      { 'agent/agent.ts': `import { secret } from '../secret.ts'\n${HANDLER}` },
      /agent\.ts:1:\d+: Cannot read ".*secret\.ts"/,
    ],
    [
      'a re-export of a module of its own',
      {
        'agent/agent.ts': `import { secret } from './part.ts'\n${HANDLER}`,
        'agent/part.ts': "export { secret } from '../secret.ts'\n",
      },
      /part\.ts:1:\d+: Cannot read/,
    ],
    [
      'require',
      { 'agent/agent.ts': `const secret = require('../secret.json')\n${HANDLER}` },
      /agent\.ts:1:\d+: Cannot read/,
    ],
    [
      'a link',
      {
        'agent/agent.ts': `import secret from './own-key.txt'\n${HANDLER}`,
        'agent/own-key.txt': '-> ../id_rsa',
      },
      /agent\.ts:1:\d+: Cannot read ".*id_rsa"/,
    ],
    [
      'a linked folder',
      {
        'agent/agent.ts': `import { secret } from './up/secret.ts'\n${HANDLER}`,
        'agent/up': '-> ..',
      },
      /agent\.ts:1:\d+: Cannot read/,
    ],
    [
      'a linked package',
      {
        'agent/agent.ts': `import { secret } from 'package'\n${HANDLER}`,
        'agent/node_modules/package': '-> ../../package',
        'package/package.json': { name: 'package', main: 'index.js' },
        'package/index.js': `export const secret = '${SECRET}'\n`,
      },
      /agent\.ts:1:\d+: Cannot read ".*package\/index\.js"/,
    ],
    [
      'an import with a suffix',
      { 'agent/agent.ts': `import secret from '../secret.json?x'\n${HANDLER}` },
      /agent\.ts:1:\d+: Cannot read/,
    ],
    [
      'an import of all files of a pattern',
      {
        'agent/agent.ts': `const name: string = 'secret'\nconst secret = import('../' + name + '.json')\n${HANDLER}`,
      },
      /agent\.ts:2:\d+: Cannot read ".*secret\.json"/,
    ],
    [
      'a name that tsconfig.json gives',
      {
        'agent/agent.ts': `import { secret } from 'alias'\n${HANDLER}`,
        'agent/tsconfig.json': { compilerOptions: { paths: { alias: ['../secret.ts'] } } },
      },
      /agent\.ts:1:\d+: Cannot read ".*secret\.ts"/,
    ],
    [
      'a name that package.json gives',
      {
        'agent/agent.ts': `import secret from '#key' with { type: 'text' }\n${HANDLER}`,
        'agent/package.json': { imports: { '#key': './key' } },
        'agent/key': '-> ../id_rsa',
      },
      /agent\.ts:1:\d+: Cannot read ".*id_rsa"/,
    ],
    [
      'options that tsconfig.json extends',
      {
        'agent/agent.ts': `const secret = 1\n${HANDLER}`,
        'agent/tsconfig.json': '{ "extends": "./base", /* and */ "e\\u0078tends": "../secret" }',
        'agent/base.json': {},
      },
      /Cannot read ".*secret\.json"/,
    ],
    [
      'a tsconfig.json that is a link',
      {
        'agent/agent.ts': `import { secret } from './sub/part.ts'\n${HANDLER}`,
        'agent/sub/part.ts': 'export const secret = 1\n',
        'agent/sub/tsconfig.json': '-> ../../secret.json',
      },
      /Cannot read ".*sub\/tsconfig\.json": it leads to/,
    ],
    [
      'a source map',
      {
        'agent/agent.ts': `import { secret } from './part.js'\n${HANDLER}`,
        'agent/part.js': 'export const secret = 1\n//# sourceMappingURL=../secret.json\n',
      },
      /Cannot read ".*secret\.json"/,
    ],
  ])('%s', async (_, files, place) => {
    const { code, message, hint } = await failure(project(files))
    expect(code).toBe('ERR_BUILD_FAILED')
    expect(message).toMatch(OUTSIDE)
    expect(message).toMatch(place)
    expect(message).not.toContain(SECRET)
    expect(hint).toContain('--root DIR')
  })

  test('the place that a source map of its own names', async () => {
    const map = { version: 3, sources: ['../id_rsa'], names: [], mappings: 'AAAA' }
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
    const files = {
      'agent/agent.ts': `import './part.js'\nconst secret = 1\n${HANDLER}`,
      'agent/part.js': `throw new Error('x')\n//# sourceMappingURL=${url}\n`,
    }
    const { message } = await failure(project(files))
    expect(message).toContain('throws while it is loaded: x')
    expect(message).not.toContain(SECRET)
  })
})

describe('a build of TypeScript reads', () => {
  test.each<[what: string, files: Files]>([
    ['a text of its own', { 'agent/agent.ts': `import secret from './own.txt'\n${HANDLER}` }],
    [
      'a package beside it and one above',
      {
        'agent/agent.ts': `import { one } from 'one'\nimport { two } from '@s/two'\nconst secret = one + two\n${HANDLER}`,
        'agent/node_modules/one/package.json': { name: 'one', type: 'module', main: 'index.js' },
        'agent/node_modules/one/index.js':
          'export const one = 1\n//# sourceMappingURL=index.js.map\n',
        'node_modules/@s/two/package.json': { name: '@s/two', type: 'module', main: 'index.js' },
        'node_modules/@s/two/index.js': "export { two } from './lib/two.js'\n",
        'node_modules/@s/two/lib/two.js': 'export const two = 2\n',
      },
    ],
    [
      'a sibling of its workspace, through the link of the package manager',
      {
        'package.json': { workspaces: ['agent', 'shared'] },
        'shared/package.json': { name: 'shared', type: 'module', exports: './index.ts' },
        'shared/index.ts': 'export const shared = 1\n',
        'node_modules/shared': '-> ../shared',
        'agent/agent.ts': `import { shared } from 'shared'\nimport { shared as same } from '../shared/index.ts'\nconst secret = shared + same\n${HANDLER}`,
      },
    ],
    [
      'options of its workspace',
      {
        'pnpm-workspace.yaml': '',
        'tsconfig.json': { compilerOptions: { strict: true } },
        'agent/tsconfig.json': { extends: '../tsconfig.json' },
        'agent/agent.ts': `const secret = 1\n${HANDLER}`,
      },
    ],
  ])('%s', async (_, files) => {
    expect(await built(project(files))).toContain('mayfly:agent/handler')
  })

  test('what who builds lets it read, until that is taken back', async () => {
    const options = project({
      'agent/agent.ts': `import secret from '../id_rsa' with { type: 'text' }\n${HANDLER}`,
    })
    const wide = { ...options, root: dirname(options.directory) }
    expect(await built(wide)).toContain(SECRET)
    expect((await buildAgent(wide)).cached).toBe(true)
    expect((await failure(options)).message).toMatch(OUTSIDE)
  })
})

describe('a manifest', () => {
  test.each<[what: string, files: Files, manifest: object, expected: RegExp]>([
    [
      '"source"',
      {},
      { source: '../secret.ts' },
      /Cannot use "source" of .*agent\.json", "\.\.\/secret\.ts": /,
    ],
    [
      '"source" through a link',
      { 'agent/agent.ts': '-> ../secret.ts' },
      {},
      /Cannot use "source".*it leads to/,
    ],
    ['"component"', {}, { source: undefined, component: '../x.wasm' }, /Cannot use "component"/],
    ['"wit"', {}, { wit: '../id_rsa' }, /Cannot read WIT/],
    [
      'a file in "wit"',
      { 'agent/wit/a.wit': '-> ../../id_rsa' },
      { wit: 'wit' },
      /Cannot read WIT ".*a\.wit": it leads to/,
    ],
    [
      'itself',
      { 'agent/agent.json': '-> ../secret.json' },
      {},
      /Cannot read manifest .*it leads to/,
    ],
  ])('cannot name a file outside in %s', async (_, files, manifest, expected) => {
    const { code, message, hint } = await failure(project(files, manifest))
    expect([code, hint]).toEqual(['ERR_MANIFEST_INVALID', expect.stringContaining('--root DIR')])
    expect(message).toMatch(expected)
    expect(message).toMatch(OUTSIDE)
  })

  test('may name a source and WIT of its workspace', async () => {
    const files = {
      '.git/HEAD': '',
      'shared/agent.ts': `const secret = 1\n${HANDLER}`,
      'shared/a.wit': 'package a:b;\n',
    }
    const manifest = { source: '../shared/agent.ts', wit: '../shared/a.wit' }
    expect(await built(project(files, manifest))).toContain('mayfly:agent/handler')
  })
})

describe('a build writes', () => {
  test('its component where a link is, and not where that leads', async () => {
    const options = project({
      'agent/agent.ts': `const secret = 1\n${HANDLER}`,
      'agent/a.wasm': '-> ../id_rsa',
    })
    const out = join(options.directory, 'a.wasm')
    const { component } = await buildAgent({ ...options, out })
    expect(new Uint8Array(readFileSync(out))).toEqual(component)
    expect(readFileSync(join(options.directory, '../id_rsa'), 'utf8')).toBe(SECRET)
  })

  test('no more than its own into a cache that is a link, and removes nothing else', async () => {
    const photos = Object.fromEntries(
      Array.from({ length: 70 }, (_, at) => [`photos/${at}.jpg`, '']),
    )
    const options = project({
      ...photos,
      'agent/agent.ts': `const secret = 1\n${HANDLER}`,
      'agent/.mayfly/cache/objects': '-> ../../../photos',
    })
    await buildAgent({ directory: options.directory })
    const left = readdirSync(join(options.directory, '../photos'))
    expect(left.filter((name) => name.endsWith('.jpg'))).toHaveLength(70)
  })
})

describe('a build of AssemblyScript', () => {
  const SERVE = `import { Response, serve } from 'mayfly/guest/assemblyscript'
serve((): Response => Response.text(secret))
`
  const manifest = { source: 'agent.as.ts' }

  test('reads nothing outside', async () => {
    const files = { 'agent/agent.as.ts': `\nimport { secret } from '../secret'\n${SERVE}` }
    const { message, hint } = await failure(project(files, manifest))
    expect(message).toMatch(/agent\.as\.ts:2:\d+: Cannot read ".*secret\.ts"/)
    expect(message).toMatch(OUTSIDE)
    expect(hint).toContain('--root DIR')
  })

  test.runIf(HAS_PEERS)(`reads files of its own and packages (${NEEDS_PEERS})`, async () => {
    const files = {
      'agent/agent.as.ts': `import { part } from './part'\nimport { other } from 'package'\nconst secret = part + other\n${SERVE}`,
      'agent/part.ts': "export const part: string = 'own'\n",
      'node_modules/package/index.ts': "export const other: string = 'package'\n",
    }
    expect(await built(project(files, manifest))).toContain('mayfly:agent/handler')
  })
})
