/** A module for WASI 0.1 is made a component once. @module */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, describe, expect, it } from 'vitest'
import { adaptOnce } from './adapt-once.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-adapted-'))
const MODULE = await parse(`(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))`)

afterAll(() => rmSync(directory, { recursive: true }))

const kept = (): string[] => readdirSync(join(directory, 'objects'))

describe('adaptOnce()', () => {
  it('finds what it has made, and makes again what was damaged', async () => {
    const made = await adaptOnce(MODULE, directory)
    const [name = ''] = kept()
    expect(Buffer.from(made).equals(readFileSync(join(directory, 'objects', name)))).toBe(true)
    expect(await adaptOnce(MODULE, directory)).toEqual(new Uint8Array(made))
    writeFileSync(join(directory, 'objects', name), made.subarray(0, -1))
    expect(await adaptOnce(MODULE, directory)).toEqual(new Uint8Array(made))
    expect(kept()).toEqual([name])
  })

  it('keeps no component, which is taken as it is', async () => {
    const component = await parse('(component)')
    const before = kept()
    expect(await adaptOnce(component, directory)).toBe(component)
    expect(kept()).toEqual(before)
  })

  it('makes it without a folder too', async () => {
    const made = await adaptOnce(MODULE)
    writeFileSync(join(directory, 'file'), '')
    expect(await adaptOnce(MODULE, join(directory, 'file', 'below'))).toEqual(made)
  })
})
