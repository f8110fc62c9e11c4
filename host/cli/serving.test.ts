import { describe, expect, it } from 'vitest'
import { servingOptions } from './serving.ts'

function http(values: Readonly<Record<string, string>>) {
  return servingOptions({ values: { ...values }, positionals: [] }).http
}

describe('servingOptions()', () => {
  it('allows the features it is given, and none by default', () => {
    const features = (value?: string[]): unknown =>
      servingOptions({
        values: value === undefined ? {} : { 'allow-feature': value },
        positionals: [],
      }).features
    expect(features()).toEqual([])
    expect(features(['gc'])).toEqual(['gc'])
    expect(features(['gc', 'shared-memory'])).toEqual(['gc', 'shared-memory'])
  })

  it('refuses a feature there is none of, with those there are', () => {
    const values = { 'allow-feature': ['threads'] }
    expect(() => servingOptions({ values, positionals: [] })).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: 'Cannot allow feature "threads": no such feature',
        hint: 'Features: gc, shared-memory',
      }),
    )
  })

  it('takes a level of isolation that there is', () => {
    const isolate = (value?: string): unknown =>
      servingOptions({
        values: value === undefined ? {} : { isolate: value },
        positionals: [],
      }).isolate
    expect([isolate(), isolate('none'), isolate('tenant')]).toEqual(['none', 'none', 'tenant'])
    expect(() => isolate('request')).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: 'Cannot isolate "request": no such level',
        hint: 'Levels: none, tenant',
      }),
    )
  })

  it('takes names of hosts as requests have them, without ports', () => {
    const allowed = (names: string[]): unknown =>
      servingOptions({ values: { 'allow-host': names }, positionals: [] }).allowedHosts
    expect(servingOptions({ values: {}, positionals: [] }).allowedHosts).toEqual([])
    expect(allowed(['agents.example.com', '[fd00::1]', '*'])).toEqual([
      'agents.example.com',
      '[fd00::1]',
      '*',
    ])
    for (const name of ['https://a.example', 'a.example:80', '*.example', '']) {
      expect(() => allowed([name])).toThrow(
        expect.objectContaining({
          code: 'ERR_USAGE',
          message: `Cannot allow host "${name}": not a name`,
        }),
      )
    }
  })

  it('bounds what clients may take, and leaves what is not given to the server', () => {
    expect(http({})).toEqual({})
    expect(http({ 'max-connections': '5', 'idle-timeout-ms': '75000' })).toEqual({
      maxConnections: 5,
      idleTimeoutMs: 75_000,
    })
    expect(http({ 'max-header-bytes': '32768', 'request-timeout-ms': '1000' })).toEqual({
      maxHeaderBytes: 32_768,
      requestTimeoutMs: 1_000,
    })
  })

  it('bounds connections to other servers', () => {
    const sockets = (values: Readonly<Record<string, string>>): number | undefined =>
      servingOptions({ values: { ...values }, positionals: [] }).maxUpstreamSockets
    expect(sockets({})).toBeUndefined()
    expect(sockets({ 'max-upstream-sockets': '2048' })).toBe(2048)
  })

  it.each([
    ['max-upstream-sockets', '0'],
    ['max-upstream-sockets', 'many'],
    ['max-connections', '0'],
    ['max-connections', '1.5'],
    ['max-header-bytes', '10'],
    ['request-timeout-ms', '-1'],
    ['idle-timeout-ms', '5s'],
  ])('refuses %s %s', (option, value) => {
    expect(() => http({ [option]: value })).toThrowError(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: expect.stringContaining(`Cannot use ${option} "${value}"`),
      }),
    )
  })
})
