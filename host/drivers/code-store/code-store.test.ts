import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { componentOf } from '../../../runtime/link/testing/component.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { codeStore } from './code-store.ts'

const ADD = await componentOf(
  'package t:t; world w { export add: func(a: u32, b: u32) -> u32; }',
  `(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))`,
)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'code-store-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function add(): Promise<unknown> {
  const runtime = new Runtime({ codeStore: codeStore({ directory }) })
  const agent = await runtime.load({ component: ADD, manifest: { name: 'add' } })
  const sum = await agent.call('add', [1, 2])
  await runtime.close()
  return sum
}

async function stored(): Promise<string[]> {
  for (let tries = 0; tries < 200; tries++) {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.code'))
    if (names.length > 0) return names
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return []
}

it('codeStore() serves what an earlier runtime has rewritten', async () => {
  expect(await add()).toBe(3)
  expect(await stored()).toHaveLength(1)
  expect(await add()).toBe(3)
  expect(await stored()).toHaveLength(1)
})

it('codeStore() makes a damaged file again', async () => {
  await add()
  const [name = ''] = await stored()
  await writeFile(join(directory, name), 'not a module')
  expect(await add()).toBe(3)
})

it('codeStore() without a usable folder serves nothing and fails nothing', async () => {
  await writeFile(join(directory, 'file'), '')
  const store = codeStore({ directory: join(directory, 'file', 'below') })
  await store.set('k', new Uint8Array(1))
  expect(await store.get('k')).toBeUndefined()
})

it('codeStore() does not use a file that was cut off or changed', async () => {
  const store = codeStore({ directory })
  const bytes = Uint8Array.from({ length: 100 }, (_, at) => at)
  await store.set('k', bytes)
  expect(await store.get('k')).toEqual(bytes)
  const path = join(directory, 'k.code')
  const file = await readFile(path)
  await writeFile(path, file.subarray(0, -1))
  expect(await store.get('k')).toBeUndefined()
  await writeFile(path, file.with(50, 255))
  expect(await store.get('k')).toBeUndefined()
  await store.set('k', bytes)
  expect(await store.get('k')).toEqual(bytes)
})

it('codeStore() keeps what was used last within its bound', async () => {
  const store = codeStore({ directory, maxBytes: 300 })
  for (const [at, key] of ['a', 'b', 'c'].entries()) {
    await store.set(key, new Uint8Array(100))
    await utimes(join(directory, `${key}.code`), at, at)
  }
  // Two of 132 bytes have room.
  expect((await readdir(directory)).toSorted()).toEqual(['b.code', 'c.code'])
  await store.get('b')
  await store.set('d', new Uint8Array(100))
  expect((await readdir(directory)).toSorted()).toEqual(['b.code', 'd.code'])
})
