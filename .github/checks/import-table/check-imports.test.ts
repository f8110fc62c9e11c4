/** Violations of the import table, planted, and what it allows beside each. @module */
import { describe, expect, it } from 'vitest'
import { RULES } from '../imports.ts'
import { checkImports } from './check-imports.ts'
import type { Rule } from './rule.ts'

describe('checkImports() with the table of this package', () => {
  it.each([
    ['runtime/capabilities/kv/x.ts', '../http/index.ts', './gate.ts'],
    ['runtime/capabilities/kv/x.ts', '../http/grant.ts', './grant.ts'],
    ['runtime/wasi/cli/x.ts', '../clocks/index.ts', '../io/index.ts'],
    ['runtime/wasi/io/x.ts', '../filesystem/index.ts', '../opaque.ts'],
    ['runtime/wasi/io/x.ts', '../clocks/index.ts', '../extend.ts'],
    ['host/drivers/redis-kv/x.ts', '../sqlite-kv/index.ts', './scripts.ts'],
    ['host/targets/deno/x.ts', '../node/fleet.ts', '../../drivers/secrets/index.ts'],
    ['host/cli/verbs/new/x.ts', '../run/run.ts', './template.ts'],
    ['host/cli/verbs/new/x.ts', '../build.ts', '../../verb.ts'],
    ['host/cli/verbs/build.ts', './dev.ts', '../format.ts'],
    ['host/cli/verbs/build.ts', './new/template.ts', '../../toolchain/index.ts'],
  ])('keeps %s from its sibling %s', (file, refused, allowed) => {
    expect(planted(file, refused)).toEqual([expect.stringContaining('imports its sibling')])
    expect(planted(file, allowed)).toEqual([])
  })

  it.each([
    ['runtime/capabilities/kv/x.ts', '../index.ts'],
    ['host/targets/deno/x.ts', '../index.ts'],
  ])('keeps %s from the door to all its siblings', (file, door) => {
    expect(planted(file, door)).toEqual([expect.stringContaining('the door to all its siblings')])
  })

  it('lets files beside the siblings import each of them', () => {
    expect(planted('runtime/wasi/index.ts', './cli/index.ts')).toEqual([])
  })

  it.each([
    ['runtime/link/x.ts', '../stamp/index.ts', '../abi/index.ts'],
    ['runtime/agents/x.ts', '../../host/app/index.ts', '../stamp/index.ts'],
    ['runtime/policy/x.ts', '../capabilities/kv/kv.ts', '../capabilities/grants.ts'],
    ['runtime/capabilities/kv/grant.ts', './gate.ts', '../../grants/index.ts'],
    ['runtime/capabilities/kv/grant.ts', '../http/grant.ts', '../../grants/lease.ts'],
    ['host/targets/node/x.ts', '../../toolchain/index.ts', '../../app/index.ts'],
    ['host/app/x.ts', '../../components/guest/index.ts', '../../runtime/errors/index.ts'],
  ])('keeps %s from %s', (file, refused, allowed) => {
    expect(planted(file, refused)).toEqual([expect.stringContaining(`${file}: imports `)])
    expect(planted(file, allowed)).toEqual([])
  })

  it.each([
    ['runtime/link/x.ts', 'node:fs'],
    ['runtime/agents/x.ts', 'hono'],
    ['host/app/x.ts', 'pino'],
    ['host/drivers/guarded-fetch/x.ts', 'undici'],
    ['host/control/x.ts', 'honorable'],
  ])('keeps %s from package %s', (file, name) => {
    expect(planted(file, name)).toEqual([expect.stringContaining(`imports package ${name};`)])
  })

  it('lets a folder import the packages of its row, and what is below their names', () => {
    expect(planted('host/control/x.ts', 'hono/body-limit')).toEqual([])
    expect(planted('host/drivers/sqlite-kv/x.ts', 'node:sqlite')).toEqual([])
  })

  it('asks for a row for a new folder', () => {
    expect(planted('host/cloud/x.ts', './y.ts')).toEqual([
      'host/cloud/x.ts: no rule of the import table names its folder',
    ])
  })
})

describe('checkImports()', () => {
  const rules: readonly Rule[] = [
    { folder: 'a/*', may: ['b'], packages: ['zod'], siblings: { '*': ['base'], one: ['two'] } },
    { folder: 'b', may: [] },
  ]
  const uses = [
    ["import type { B } from '../../b/index.ts'", 'a/* may import b'],
    ["export { schema } from 'zod/mini'", 'a/* may import package zod'],
    ["import { base } from '../base/base.ts'", 'a/* may import its sibling base'],
    ["const two = await import('../two/two.ts')", 'a/one may import its sibling two'],
  ] as const

  it('finds nothing where each allowance is used', () => {
    expect(checkImports(rules, [['a/one/one.ts', uses.map(([text]) => text).join('\n')]])).toEqual(
      [],
    )
  })

  it.each(uses)('reports what no file does, such as %s', (left, allowance) => {
    const text = uses.flatMap(([each]) => (each === left ? [] : [each])).join('\n')
    expect(checkImports(rules, [['a/one/one.ts', text]])).toEqual([
      `import table: ${allowance}, which no file does`,
    ])
  })

  it('lets only the sibling that is named import another', () => {
    const text = "import { two } from '../two/two.ts'"
    expect(checkImports(rules, [['a/three/three.ts', text]])).toContainEqual(
      'a/three/three.ts: imports its sibling a/two/two.ts; lift what both need',
    )
  })
})

/** The problems of one file with one import, in the table of this package. */
function planted(file: string, specifier: string): string[] {
  const problems = checkImports(RULES, [[file, `import { x } from '${specifier}'`]])
  return problems.filter((problem) => problem.startsWith(`${file}: `))
}
