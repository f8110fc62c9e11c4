import { describe, expect, it } from 'vitest'
import { configured, functionsOf, testInvocation } from '../../host-module/testing.ts'
import { config } from './config.ts'

type Functions = 'get' | 'all'

const environment = (name: string) => (name === 'REGION' ? 'eu' : undefined)

describe('config()', () => {
  it('returns what the manifest sets, sorted, and values of the environment it names', async () => {
    const capability = config({ environment })
    const grant = { region: { env: 'REGION' }, greeting: 'hello' }
    const { get, all } = functionsOf<Functions>(
      capability,
      await configured(capability, grant),
      testInvocation(),
    )
    expect(get('greeting')).toBe('hello')
    expect(all()).toEqual([
      ['greeting', 'hello'],
      ['region', 'eu'],
    ])
  })

  it('has nothing that the manifest does not set', async () => {
    const capability = config({ environment })
    const { get } = functionsOf<Functions>(
      capability,
      await configured(capability, {}),
      testInvocation(),
    )
    expect(get('REGION')).toBeUndefined()
    expect(get('constructor')).toBeUndefined()
  })

  it.each(['MAYFLY_TOKEN', 'MAYFLY_SECRET_A', 'mayfly_secret_a'])(
    'refuses %s, which is the host’s own',
    async (env) => {
      const open = config({ environment: () => 'hunter22' })
      await expect(configured(open, { a: { env } })).rejects.toMatchObject({
        code: 'ERR_CAPABILITY_DENIED',
      })
    },
  )

  it('refuses to load an agent whose variable is not set', async () => {
    await expect(
      configured(config({ environment }), { a: { env: 'ABSENT' } }),
    ).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      hint: expect.stringContaining('ABSENT'),
    })
  })
})
