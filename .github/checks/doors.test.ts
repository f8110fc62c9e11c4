/** The check of the doors finds planted problems. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { API } from 'typescript/unstable/sync'
import { afterAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../../host/cli/testing/mayfly-process.ts'
import { exportsOf } from './doors/exports.ts'
import { doorsOf } from './doors/exports-map.ts'
import { namedTypes } from './doors/named-types.ts'

const ROOT = join(mkdtempSync(join(tmpdir(), 'mayfly-doors-')), '/')
writeFiles(ROOT, {
  'tsconfig.json': {
    files: ['door.ts'],
    compilerOptions: { target: 'esnext', module: 'nodenext' },
  },
  'package.json': {
    name: 'toy',
    exports: {
      '.': { 'mayfly-source': './door.ts' },
      './part/*': { 'mayfly-source': './parts/*.ts' },
      './wit/*': './wit/*',
    },
  },
  'parts/one.ts': 'export {}',
  'parts/two.ts': 'export {}',
  'door.ts': `/** Header. @module */
export interface Headed { readonly field: string }
/** Documented. */
export class Shown extends Base { #hidden: Hidden | undefined; method(value: Named): void { const inner: Inner = {} } }
export const value: number = 1
/** Documented. */
export type Alias = Inlined | Headed
class Base { constructor(options: Options) {} inherited(): Result { return {} } }
interface Hidden {} interface Named {} interface Inner {} interface Options {} interface Result {}
/** @inline */
type Inlined = Hidden
`,
})

const api = new API({ cwd: ROOT })
const snapshot = api.updateSnapshot({ openProjects: [join(ROOT, 'tsconfig.json')] })
afterAll(() => {
  api.close()
  rmSync(ROOT, { recursive: true })
})

const found = exportsOf(snapshot.getProjects(), join(ROOT, 'door.ts'))

function namedBy(name: string): string[] {
  const exported = found.find((each) => each.name === name)
  return exported === undefined ? [] : namedTypes(exported, ROOT).map((type) => type.name)
}

describe('exportsOf()', () => {
  it('tells docstrings from none, and from the header of the file', () => {
    expect(found.map(({ name, kind, hasDocstring }) => [name, kind, hasDocstring])).toEqual([
      ['Headed', 'type', false],
      ['Shown', 'class', true],
      ['value', 'value', false],
      ['Alias', 'type', true],
    ])
  })
})

describe('namedTypes()', () => {
  it('finds what documentation names, with what a class inherits', () => {
    expect(namedBy('Shown')).toEqual(['Result', 'Named'])
  })

  it('finds no type that is inline', () => {
    expect(namedBy('Alias')).toEqual(['Headed'])
  })
})

describe('doorsOf()', () => {
  it('has one for each file that a pattern stands for, and none for what is no code', () => {
    expect(doorsOf(ROOT)).toEqual([
      { name: 'toy', file: 'door.ts' },
      { name: 'toy/part/one', file: 'parts/one.ts' },
      { name: 'toy/part/two', file: 'parts/two.ts' },
    ])
  })
})
