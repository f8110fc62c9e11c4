import { describe, expect, it } from 'vitest'
import {
  configured,
  payloadOf,
  testInvocation,
  type TestInvocation,
} from '../../host-module/testing.ts'
import type { Imports } from '../../host-module/index.ts'
import type { Secret, SecretDriver } from '../http/index.ts'
import { secrets } from './secrets.ts'

const VALUES: Readonly<Record<string, Secret>> = {
  KEY: { value: 'a secret of the host' },
  AES: { value: btoa('0123456789abcdef') },
  BOUND: { value: 'for one host alone', hosts: ['api.example'] },
}
const driver: SecretDriver = {
  name: 'test',
  get: (name) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined),
  mayRead: (name, agent) => name !== 'AES' && agent === 'tester',
  hint: (name) => `Set ${name}`,
}
const HMAC = JSON.stringify({ name: 'HMAC' })
const CONTENT = new TextEncoder().encode('content')

type Functions = Record<string, (...args: unknown[]) => unknown>

/** The functions of both interfaces, for one invocation. */
function open(ready: { prepare(context: TestInvocation['context']): Imports }): {
  crypto: Functions
  secrets: Functions
  invocation: TestInvocation
} {
  const invocation = testInvocation()
  const imports = ready.prepare(invocation.context)
  // The casts drop parameter types: tests pass the values that a guest would.
  return {
    crypto: imports['mayfly:agent/crypto'] as unknown as Functions,
    secrets: imports['mayfly:agent/secrets'] as unknown as Functions,
    invocation,
  }
}

const capability = secrets(driver)

describe('secrets.configure()', () => {
  it.each([
    ['a secret that is not set', { OTHER: { use: ['hmac-sha256'] } }, 'not set'],
    ['a text that is no such key', { KEY: { use: ['aes-gcm'] } }, 'not a key for "aes-gcm"'],
    ['a text that the operator keeps', { AES: { readable: true } }, 'does not let the agent read'],
    ['a text that is bound to hosts', { BOUND: { readable: true } }, 'bound to hosts'],
  ])('refuses %s', async (_, grant, message) => {
    await expect(configured(capability, grant)).rejects.toThrow(message)
  })

  it('refuses to let an agent read a secret when the driver knows no policy', async () => {
    const { mayRead: _, ...plain } = driver
    const grant = { KEY: { readable: true } }
    await expect(configured(secrets(plain), grant)).rejects.toThrow('does not let the agent read')
  })

  it('refuses it to another agent', async () => {
    const grant = { KEY: { readable: true } }
    await expect(configured(capability, grant, 'other')).rejects.toThrow('does not let')
    await expect(configured(capability, grant)).resolves.toBeDefined()
  })
})

describe('secrets', () => {
  it('gives the text where manifest and operator say so, and records that', async () => {
    const ready = await configured(capability, { KEY: { readable: true } })
    const { secrets: own, invocation } = open(ready)
    expect(own['text']?.('KEY')).toBe('a secret of the host')
    expect(invocation.events).toMatchObject([
      {
        capability: 'secrets',
        action: 'text',
        target: 'KEY',
        outcome: 'allowed',
        rule: 'secrets.KEY',
      },
    ])
  })

  it('gives no text to a grant of a key, and no key to a grant of the text', async () => {
    const key = open(await configured(capability, { KEY: { use: ['hmac-sha256'] } }))
    expect(await payloadOf(() => key.secrets['text']?.('KEY'))).toBe('denied')
    const text = open(await configured(capability, { KEY: { readable: true } }))
    expect(await payloadOf(() => text.secrets['key']?.('KEY', undefined))).toBe('denied')
    expect(text.invocation.events).toMatchObject([{ outcome: 'denied', target: 'KEY' }])
  })

  it('does not take the key of another invocation', async () => {
    const ready = await configured(capability, { KEY: { use: ['hmac-sha256'] } })
    const one = open(ready)
    const other = open(ready)
    const key = one.secrets['key']?.('KEY', undefined)
    expect(await one.crypto['sign']?.(HMAC, key, CONTENT)).toBeInstanceOf(Uint8Array)
    expect(await payloadOf(() => other.crypto['sign']?.(HMAC, key, CONTENT))).toBe('denied')
  })

  it('refuses a key whose grant was taken away meanwhile', async () => {
    const ready = await configured(capability, { KEY: { use: ['hmac-sha256'] } })
    const { crypto, secrets: own } = open(ready)
    const key = own['key']?.('KEY', undefined)
    await crypto['sign']?.(HMAC, key, CONTENT)
    ready.attenuate?.({})
    expect(await payloadOf(() => crypto['sign']?.(HMAC, key, CONTENT))).toBe('denied')
  })

  it('never says how long a secret is, nor gives it away', async () => {
    const { secrets: own, crypto } = open(
      await configured(capability, { KEY: { use: ['hmac-sha256'] } }),
    )
    const key = String(own['key']?.('KEY', undefined))
    expect(JSON.parse(key)).toMatchObject({ extractable: false, algorithm: { name: 'HMAC' } })
    expect(JSON.parse(key)).not.toHaveProperty('algorithm.length')
    const forged = JSON.stringify({ ...(JSON.parse(key) as object), extractable: true })
    expect(await payloadOf(() => crypto['exportKey']?.('raw', forged))).toBe('unfit')
  })
})

describe('crypto', () => {
  it('frees a large content when its operation has ended, and leaves a part of another array', async () => {
    const { crypto: functions } = open(await configured(capability, {}))
    const hash = JSON.stringify({ name: 'SHA-256' })
    const whole = new Uint8Array(100_000).fill(1)
    const part = new Uint8Array(100_001).fill(1).subarray(1)
    const digests = [whole, part].map((content) => functions['digest']?.(hash, content))
    // Until then the platform may read it.
    expect(whole.length).toBe(100_000)
    const [one, other] = await Promise.all(digests)
    expect(one).toEqual(other)
    expect([whole.length, part.length]).toEqual([0, 100_000])
  })

  it('charges for bytes, for iterations and for sizes of keys', async () => {
    const ready = await configured(capability, undefined)
    const costs = async (use: (crypto: Functions) => unknown): Promise<number> => {
      const { crypto, invocation } = open(ready)
      await use(crypto)
      return invocation.fuel
    }
    const hash = JSON.stringify({ name: 'SHA-256' })
    const small = await costs((crypto) => crypto['digest']?.(hash, new Uint8Array(1)))
    const large = await costs((crypto) => crypto['digest']?.(hash, new Uint8Array(1_000_001)))
    expect(large - small).toBe(12_000_000)
    const derive = (iterations: number) => async (crypto: Functions) => {
      const plan = { algorithm: { name: 'PBKDF2' }, extractable: false, usages: ['deriveBits'] }
      const key = await crypto['importKey']?.('raw', CONTENT, JSON.stringify(plan))
      const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: '', iterations }
      await crypto['deriveBits']?.(JSON.stringify(algorithm), key, 256)
    }
    expect(await costs(derive(100_000))).toBeGreaterThan(50 * (await costs(derive(100))))
  })

  it.each([
    ['no JSON', 'SHA-256', 'mistyped'],
    ['no object', '7', 'mistyped'],
    ['no name', '{}', 'mistyped'],
    ['a long text', JSON.stringify({ name: 'a'.repeat(70_000) }), 'limited'],
    ['no such algorithm', '{"name":"__proto__"}', 'unsupported'],
    ['bytes that are none', '{"name":"SHA-256","iv":"?"}', 'mistyped'],
  ])('refuses an algorithm that is %s', async (_, algorithm, error) => {
    const { crypto } = open(await configured(capability, undefined))
    expect(await payloadOf(() => crypto['digest']?.(algorithm, CONTENT))).toBe(error)
  })

  it.each(['{}', '{"kept":"guessed"}', '{"format":"raw","material":"?"}', '[]', 'null'])(
    'refuses the key %s',
    async (key) => {
      const { crypto } = open(await configured(capability, undefined))
      expect(['denied', 'mistyped', 'malformed']).toContain(
        await payloadOf(() => crypto['sign']?.(HMAC, key, CONTENT)),
      )
    },
  )

  it('does no work that waits for its turn when the invocation has ended', async () => {
    const { crypto, invocation } = open(await configured(capability, undefined))
    const algorithm = {
      name: 'RSA-PSS',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: 'AQAB',
    }
    const plan = JSON.stringify({ algorithm, extractable: true, usages: ['sign'] })
    const first = crypto['generateKey']?.(plan)
    const second = crypto['generateKey']?.(plan)
    invocation.end()
    expect(await payloadOf(() => second)).toBe('failed')
    // What the platform has begun goes to its end, and is then without a holder.
    await Promise.allSettled([first])
  })
})
