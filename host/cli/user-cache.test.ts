/** The folder for prepared code is this user's alone, or there is none. @module */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PACKAGE_DIRECTORY } from '../toolchain/index.ts'
import { userCache } from './user-cache.ts'

const root = mkdtempSync(join(tmpdir(), 'mayfly-user-cache-'))

afterAll(() => rmSync(root, { recursive: true }))

const named = (name: string): string => join(root, name)
const cacheOf = (name: string): string | undefined => userCache({ MAYFLY_CACHE: named(name) })

describe('userCache()', () => {
  it('makes the folder that is named, for this user alone', () => {
    expect(cacheOf('new/one')).toBe(named('new/one'))
    expect(statSync(named('new/one')).mode & 0o777).toBe(0o700)
    expect(cacheOf('new/one')).toBe(named('new/one'))
  })

  it('is inside of a checkout, for its sources as they are, unless it is named', () => {
    const own = userCache({ XDG_CACHE_HOME: root }) ?? ''
    expect(dirname(own)).toBe(join(PACKAGE_DIRECTORY, '.mayfly/cache/prepared'))
    expect(statSync(own).mode & 0o777).toBe(0o700)
    expect(existsSync(named('mayfly'))).toBe(false)
  })

  it.runIf(process.platform !== 'win32')('takes no folder that others can write to', () => {
    mkdirSync(named('open'))
    chmodSync(named('open'), 0o777)
    expect(cacheOf('open')).toBeUndefined()
    symlinkSync(named('new/one'), named('link'))
    expect(cacheOf('link')).toBeUndefined()
  })

  it('takes no file, and nothing below one', () => {
    writeFileSync(named('file'), '')
    expect([cacheOf('file'), cacheOf('file/below')]).toEqual([undefined, undefined])
  })
})
