import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentSecrets } from './environment-secrets.ts'
import { fileSecrets } from './file-secrets.ts'
import { firstOf } from './first-of.ts'
import { hostSecrets } from './host-secrets.ts'

describe('environmentSecrets()', () => {
  const environment = { MAYFLY_SECRET_API_TOKEN: 'hunter22', MAYFLY_TOKEN: 'x', PATH: '/bin' }

  it('has variables with the prefix, and no other', () => {
    const secrets = environmentSecrets({ environment })
    expect(secrets.get('API_TOKEN', 'shop')).toEqual({ value: 'hunter22' })
    for (const name of ['PATH', 'MAYFLY_TOKEN', 'TOKEN', '']) {
      expect(secrets.get(name, 'shop')).toBeUndefined()
    }
    expect(secrets.hint('X')).toBe('Set MAYFLY_SECRET_X for the host')
  })
})

describe('fileSecrets()', () => {
  let directory = ''
  let file = ''

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-secrets-'))
    file = join(directory, 'secrets.json')
  })

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  function write(content: unknown, mode = 0o600): void {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    chmodSync(file, mode)
  }

  it('has what the file has, as it is now', () => {
    const bound = { value: 'hunter23', hosts: ['api.example.com'] }
    write({ A: 'hunter22', B: bound })
    const secrets = fileSecrets({ file })
    expect(secrets.get('A', 'shop')).toEqual({ value: 'hunter22' })
    expect(secrets.get('B', 'shop')).toEqual(bound)
    expect(secrets.get('C', 'shop')).toBeUndefined()
    expect(secrets.get('constructor', 'shop')).toBeUndefined()
    write({ A: 'hunter24' })
    expect(secrets.get('A', 'shop')).toEqual({ value: 'hunter24' })
  })

  it.each([0o640, 0o604, 0o666])('refuses a file of mode %o', (mode) => {
    write({ A: 'hunter22' }, mode)
    expect(() => fileSecrets({ file }).get('A', 'shop')).toThrow(
      expect.objectContaining({ hint: `chmod 600 ${file}` }),
    )
  })

  it.each([
    ['no JSON', '{ "A": "hunter22"'],
    ['a list', ['hunter22']],
    ['a number', { A: 3 }],
    ['hosts that are no list', { A: { value: 'hunter22', hosts: 'a.test' } }],
    ['a key that is none', { A: { value: 'hunter22', host: ['a.test'] } }],
  ])('refuses %s without quoting it', (_, content) => {
    write(content)
    try {
      fileSecrets({ file }).get('A', 'shop')
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_HOST_UNAVAILABLE' })
      expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('hunter22')
      return
    }
    throw new Error('was not refused')
  })

  it('names a file that is not there', () => {
    expect(() => fileSecrets({ file }).get('A', 'shop')).toThrow('no such file')
  })
})

describe('hostSecrets()', () => {
  it('reads the file only when the host names one and the environment has none', async () => {
    const variables = { MAYFLY_SECRET_A: 'hunter22' }
    const without = hostSecrets({ environment: variables })
    expect(await without.get('B', 'shop')).toBeUndefined()
    const environment = { ...variables, MAYFLY_SECRETS_FILE: '/not/there.json' }
    const secrets = hostSecrets({ environment })
    expect(await secrets.get('A', 'shop')).toEqual({ value: 'hunter22' })
    await expect(secrets.get('B', 'shop')).rejects.toThrow('no such file')
  })
})

describe('firstOf()', () => {
  it('asks one after the other', async () => {
    const secrets = firstOf(
      environmentSecrets({ environment: { MAYFLY_SECRET_A: '1' } }),
      environmentSecrets({ environment: { MAYFLY_SECRET_A: '2', MAYFLY_SECRET_B: '2' } }),
    )
    const names = ['A', 'B', 'C']
    expect(await Promise.all(names.map((name) => secrets.get(name, 'shop')))).toEqual([
      { value: '1' },
      { value: '2' },
      undefined,
    ])
  })
})
