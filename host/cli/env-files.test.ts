import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseEnvText, readEnvFile } from './env-file.ts'
import { fileVariables, folderOf } from './env-files.ts'
import { writeFiles } from './testing/mayfly-process.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-env-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Names with values. */
function parse(text: string): Record<string, string> {
  return Object.fromEntries(parseEnvText(text, 'f').map(({ name, value }) => [name, value]))
}

function read(folders: string[], ...named: string[]): Readonly<Record<string, string>> {
  return fileVariables(
    { values: { 'env-file': named.map((name) => join(folder, name)) } },
    folders.map((name) => join(folder, name)),
  )
}

describe('parseEnvText()', () => {
  it.each<[string, Record<string, string>]>([
    ['A=1\nB = two words \n', { A: '1', B: 'two words' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['A=1\rB=2', { A: '1', B: '2' }],
    ['# A=1\n\n  # more\nexport B=2', { B: '2' }],
    ['A=x # comment\nB="x # y" # comment', { A: 'x', B: 'x # y' }],
    ['A="one\ntwo"\nB=\'three\r\nfour\'', { A: 'one\ntwo', B: 'three\nfour' }],
    ['A="one\\ntwo"\nB=\'one\\ntwo\'', { A: 'one\ntwo', B: 'one\\ntwo' }],
    ['A=`"it\'s"`', { A: '"it\'s"' }],
    ['A="B=2\n#C=3"\nD=4', { A: 'B=2\n#C=3', D: '4' }],
    // The parser of Node takes the next line for the value of the first two.
    ['A= \nB=2\nC=\nD=4', { A: '', B: '2', C: '', D: '4' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=a=b\u2028c', { A: 'a=b\u2028c' }],
    ['constructor=1\n__proto=2', { constructor: '1', __proto: '2' }],
    ['', {}],
  ])('reads %j', (text, variables) => {
    expect(parse(text)).toEqual(variables)
  })

  it.each<[string, number, string]>([
    ['A=1\nhunter22', 2, 'not a variable'],
    ['A: hunter22', 1, 'not a variable'],
    ['A-B=hunter22', 1, 'not a variable'],
    ['=hunter22', 1, 'not a variable'],
    ['1A=hunter22', 1, 'not a variable'],
    ['A="hunter22\nB=2', 1, 'its quote " is not closed'],
    ['\n\nA="x\nhunter22" hunter22', 4, 'text follows the closing quote'],
    ['A="hunter\\"22"', 1, 'text follows the closing quote'],
    ['\nMAYFLY_TOKEN=hunter22', 2, 'MAYFLY_TOKEN is a setting of the host'],
    ['mayfly_kv=hunter22', 1, 'mayfly_kv is a setting of the host'],
    ['NODE_OPTIONS=hunter22', 1, 'NODE_OPTIONS is a setting of the host'],
    ['MAYFLY_SECRETS_FILE=hunter22', 1, 'MAYFLY_SECRETS_FILE is a setting of the host'],
  ])('refuses %j in its line, without quoting it', (text, line, state) => {
    let caught: unknown
    try {
      parse(text)
    } catch (error) {
      caught = error
    }
    const message = `Cannot read variables "f", line ${line}: ${state}`
    expect(caught).toMatchObject({ code: 'ERR_USAGE', message, facts: { file: 'f', line } })
    expect(JSON.stringify([caught, (caught as { hint?: string }).hint])).not.toContain('hunter')
  })

  it('takes secrets of agents, which begin like settings of the host', () => {
    expect(parse('MAYFLY_SECRET_A=1')).toEqual({ MAYFLY_SECRET_A: '1' })
  })
})

describe('readEnvFile()', () => {
  it('leaves out the mark of the byte order', () => {
    const file = join(folder, 'f')
    writeFileSync(file, '\uFEFFA=1\n')
    expect(readEnvFile(file)).toEqual([{ name: 'A', value: '1', file, line: 1 }])
  })

  it('refuses text in another encoding', () => {
    const file = join(folder, 'f')
    writeFileSync(file, Buffer.from('A=\u00e9', 'latin1'))
    expect(() => readEnvFile(file)).toThrow('not UTF-8')
  })
})

describe('fileVariables()', () => {
  it('lets .env.local win over .env, a later folder over an earlier, and named files over all', () => {
    writeFiles(folder, {
      'one/.env': 'A=1\nB=1\nC=1\nD=1\nE=1',
      'one/.env.local': 'B=2\nC=2\nD=2\nE=2',
      'two/.env': 'C=3\nD=3\nE=3',
      'x.env': 'D=4\nE=4',
      'y.env': 'E=5',
    })
    expect(read(['one', 'two'], 'x.env', 'y.env')).toEqual({
      A: '1',
      B: '2',
      C: '3',
      D: '4',
      E: '5',
    })
    expect(read(['two', 'one']).C).toBe('2')
    expect(read([])).toEqual({})
  })

  it('needs a named file, and no other', () => {
    expect(read(['absent'])).toEqual({})
    expect(() => read([], 'absent.env')).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: expect.stringContaining('no such file'),
      }),
    )
  })

  it('refuses names that differ only by case, also of two files', () => {
    writeFiles(folder, { 'one/.env': 'Api=1\nB=1', 'one/.env.local': 'B=2\nAPI=2' })
    expect(() => read(['one'])).toThrow('line 2: API is Api in other case')
  })

  it('passes over a folder of that name', () => {
    mkdirSync(join(folder, 'one/.env'), { recursive: true })
    expect(read(['one'])).toEqual({})
  })

  it('follows a link in its folder, and none out of it but by name', () => {
    writeFiles(folder, { 'one/dev.env': 'A=1', 'other.env': 'A=2', 'two/agent.json': {} })
    symlinkSync('dev.env', join(folder, 'one/.env'))
    symlinkSync('../other.env', join(folder, 'two/.env'))
    expect(read(['one'])).toEqual({ A: '1' })
    expect(() => read(['two'])).toThrow('it is a link out of its folder')
    expect(read([], 'two/.env')).toEqual({ A: '2' })
  })
})

describe('folderOf()', () => {
  it.each([
    ['shop', 'shop'],
    ['shop/agent.json', 'shop'],
    ['shop/shop.wasm', 'shop'],
    ['agent.json', '.'],
  ])('of %s is %s', (path, its) => {
    expect(folderOf(path)).toBe(its)
  })
})
