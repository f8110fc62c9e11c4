import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Fence, rootOf } from './index.ts'

const ROOT = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-fence-')))
let count = 0
let place = ''

beforeEach(() => void (place = join(ROOT, `case-${++count}`)))
afterAll(() => rmSync(ROOT, { recursive: true }))

/** Writes files by their path; a content of `-> path` makes a link. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(place, name)
    mkdirSync(dirname(path), { recursive: true })
    const [, target] = /^-> (.*)$/.exec(content) ?? []
    if (target === undefined) writeFileSync(path, content)
    else symlinkSync(target, path)
  }
}

function allows(root: string, path: string): boolean {
  return new Fence(join(place, root)).allows(join(place, path))
}

describe('rootOf() is', () => {
  test.each([
    ['the folder of the agent', {}, 'mono/agents/a'],
    [
      'the nearest with workspaces',
      { 'mono/package.json': '{ "workspaces": ["agents/*"] }' },
      'mono',
    ],
    ['not one of a single package', { 'mono/package.json': '{ "name": "mono" }' }, 'mono/agents/a'],
    ['the nearest of pnpm', { 'mono/pnpm-workspace.yaml': '' }, 'mono'],
    ['the nearest repository', { 'mono/.git/HEAD': '', '.git/HEAD': '' }, 'mono'],
    ['the nearer of two', { 'mono/agents/.git': 'gitdir: x', 'mono/.git/HEAD': '' }, 'mono/agents'],
  ])('%s', (_, files, expected) => {
    write({ 'mono/agents/a/agent.json': '{}', ...files })
    expect(rootOf(join(place, 'mono/agents/a'), undefined)).toBe(join(place, expected))
  })

  test('what who builds wants, if the agent is in it', () => {
    write({ 'mono/a/agent.json': '{}', 'other/x': '' })
    const agent = join(place, 'mono/a')
    expect(rootOf(agent, join(place, 'mono'))).toBe(join(place, 'mono'))
    expect(() => rootOf(agent, join(place, 'other'))).toThrow(
      /root ".*other": the agent is not in it/,
    )
    expect(() => rootOf(agent, join(place, 'mon'))).toThrow(/not in it/)
  })
})

describe('Fence allows', () => {
  test.each<[name: string, file: string, isAllowed: boolean]>([
    ['a file of the root', 'top/root/a/x.ts', true],
    ['a link within the root', 'top/root/inner', true],
    ['the key of a host', 'top/root/.mayfly/data/host.key', false],
    ['what a build keeps', 'top/root/.mayfly/cache/x.ts', true],
    ['other data', 'top/root/my.mayfly/data/x.ts', true],
    ['what is not there', 'top/nowhere', true],
    ['a file beside the root', 'top/secret', false],
    ['a file whose folder begins like the root', 'top/rooted/x', false],
    ['a link out of the root', 'top/root/outer', false],
    ['a file behind a linked folder', 'top/root/folder/secret', false],
    ['a package of the root', 'top/root/node_modules/own/index.js', true],
    ['a package that the root links to, outside', 'top/root/node_modules/linked/index.js', false],
    [
      'a file of modules that the root links to, outside',
      'top/root/sub/node_modules/home/secret',
      false,
    ],
    ['a package above the root', 'top/node_modules/hoisted/lib/index.js', true],
    ['a package with a scope above the root', 'top/node_modules/@s/scoped/index.js', true],
    [
      'a package of a package above the root',
      'top/node_modules/hoisted/node_modules/in/x.js',
      true,
    ],
    ['a package in a store above the root', 'top/node_modules/.pnpm/p@1/node_modules/p/x.js', true],
    ['a package that modules above the root link to', 'elsewhere/mine/index.js', true],
    ['what is beside such a package', 'elsewhere/secret', false],
    ['what a tool keeps beside packages', 'top/node_modules/.cache/secret', false],
    ['a file beside packages', 'top/node_modules/.package-lock.json', false],
    ['a package of a neighbour', 'top/neighbour/node_modules/x/index.js', false],
  ])('%s: %s, %s', (_, file, isAllowed) => {
    write({
      'top/root/a/x.ts': '',
      'top/root/inner': '-> a/x.ts',
      'top/root/.mayfly/data/host.key': '',
      'top/root/.mayfly/cache/x.ts': '',
      'top/root/my.mayfly/data/x.ts': '',
      'top/root/outer': '-> ../secret',
      'top/root/folder': '-> ..',
      'top/root/node_modules/own/index.js': '',
      'top/root/node_modules/linked': '-> ../../linked',
      'top/root/sub/node_modules': '-> ../..',
      'top/home/secret': '',
      'top/linked/index.js': '',
      'top/linked/package.json': '{ "name": "linked" }',
      'top/secret': '',
      'top/rooted/x': '',
      'top/node_modules/hoisted/lib/index.js': '',
      'top/node_modules/hoisted/node_modules/in/x.js': '',
      'top/node_modules/@s/scoped/index.js': '',
      'top/node_modules/.pnpm/p@1/node_modules/p/x.js': '',
      'top/node_modules/.cache/secret': '',
      'top/node_modules/.package-lock.json': '',
      'top/node_modules/mine': '-> ../../elsewhere/mine',
      'top/neighbour/node_modules/x/index.js': '',
      'elsewhere/mine/index.js': '',
      'elsewhere/mine/package.json': '{ "name": "mine" }',
      'elsewhere/package.json': '{ "name": ".." }',
      'elsewhere/secret': '',
    })
    expect(allows('top/root', file)).toBe(isAllowed)
  })

  test('no device, which may have no end', () => {
    write({ 'root/zero': '-> /dev/zero', 'root/x': '' })
    expect(new Fence('/').refusal(join(place, 'root/zero'))).toBe('neither a file nor a folder')
    expect(new Fence('/').refusal(join(place, 'root/x'))).toBeUndefined()
  })
})
