import { describe, expect, it } from 'vitest'
import { config } from '../../capabilities/config/index.ts'
import { DISCARD } from '../io/index.ts'
import { adapted } from '../testing/adapted.ts'
import { wasiConfig } from './config.ts'

describe('wasiConfig()', () => {
  const values = { GREETING: 'hello', REGION: { env: 'REGION' } }
  const environment = (name: string): string | undefined => (name === 'REGION' ? 'eu' : undefined)

  it('has what the manifest sets, as store and as environment', async () => {
    const { of } = await adapted(wasiConfig(config({ environment })), values)
    const all = [
      ['GREETING', 'hello'],
      ['REGION', 'eu'],
    ]
    expect(of('wasi:config/store')['get']?.('GREETING')).toBe('hello')
    expect(of('wasi:config/store')['getAll']?.()).toEqual(all)
    expect(of('wasi:cli/environment')['getEnvironment']?.()).toEqual(all)
  })

  it('has nothing of the environment of the host', async () => {
    const { of } = await adapted(wasiConfig(config({ environment })), undefined)
    expect(of('wasi:config/store')['get']?.('REGION')).toBeUndefined()
    expect(of('wasi:cli/environment')['getEnvironment']?.()).toEqual([])
    expect(of('wasi:cli/environment')['getArguments']?.()).toEqual([])
    expect(of('wasi:cli/environment')['initialCwd']?.()).toBeUndefined()
  })

  it('gives a program its arguments', async () => {
    const program = { args: ['tool', '-v'], stdin: undefined, stdout: DISCARD, stderr: DISCARD }
    const { of } = await adapted(wasiConfig(config()), undefined, { program })
    expect(of('wasi:cli/environment')['getArguments']?.()).toEqual(['tool', '-v'])
  })

  it('says the same while the component initialises', async () => {
    const { initial } = await wasiConfig(config()).configure({ agent: 'a', grant: { A: 'b' } })
    const functions = initial?.['wasi:cli/environment'] as unknown as Record<string, () => unknown>
    expect(functions['getEnvironment']?.()).toEqual([['A', 'b']])
  })
})
