/** `crypto.subtle` and `env.secrets` in an agent, beside the platform's own. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime, type RuntimeOptions } from '../../runtime/presets/index.ts'
import { cases, runCase } from './fixture/crypto/cases.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const SECRET = 'of the host alone'
const directory = fileURLToPath(new URL('fixture/crypto', import.meta.url))
const built = await buildAgent({ directory })
const used: string[] = []
const onInvocation: RuntimeOptions['onInvocation'] = ({ events }) =>
  void used.push(
    ...events.map(({ capability, action, target, outcome }) =>
      [capability, action, target, outcome].join(' '),
    ),
  )
const runtime = new Runtime({
  codeStore: sharedCode,
  onInvocation,
  drivers: { secrets: { name: 'test', get: () => ({ value: SECRET }), hint: () => '' } },
})
afterAll(() => runtime.close())
const agent = await runtime.load(built)

async function ask(body: string): Promise<string> {
  used.length = 0
  const response = await agent.fetch(new Request('http://agent/', { method: 'POST', body }))
  return response.ok ? response.text() : `status ${response.status}`
}

async function hmac(hash: string, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash },
    false,
    ['sign'],
  )
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('a'))
  return Buffer.from(signature).toString('hex')
}

describe('crypto.subtle has the results of the platform', () => {
  it.for(Object.keys(cases))('%s', async (name) => {
    expect(await ask(name)).toBe(await runCase(name))
  })
})

describe('a key that is imported while the agent is built', () => {
  it.for([
    ['a key of the build that cannot be extracted', '"Error"'],
    ['a digest of the build', '"Error"'],
  ] as const)('%s is refused', async ([name, result]) => {
    expect(await ask(name)).toBe(result)
  })

  it('signs when it can be extracted', async () => {
    const signature = await hmac('SHA-256', 'a key of the build')
    expect(await ask('a key of the build signs')).toBe(JSON.stringify(signature))
  })

  it('has its algorithm when it is public', async () => {
    expect(JSON.parse(await ask('a public key of the build'))).toEqual({
      type: 'public',
      extractable: false,
      algorithm: {
        name: 'RSASSA-PKCS1-v1_5',
        hash: { name: 'SHA-256' },
        modulusLength: 1024,
        publicExponent: { 0: 1, 1: 0, 2: 1 },
      },
    })
  })
})

describe('env.secrets', () => {
  it('gives a granted secret as a key that cannot be extracted, and records its use', async () => {
    const algorithm = { name: 'HMAC', hash: { name: 'SHA-256' } }
    expect(JSON.parse(await ask('a secret as a key'))).toEqual([
      await hmac('SHA-256', SECRET),
      algorithm,
      false,
      ['sign', 'verify'],
      'secret',
    ])
    expect(used).toEqual(['secrets sign WEBHOOK_KEY allowed'])
  })

  it('gives it for another use that the manifest names', async () => {
    const signature = await hmac('SHA-512', SECRET)
    expect(await ask('a secret for its other use')).toBe(JSON.stringify(signature))
  })

  it.for([
    ['a secret for no use of its', 'CapabilityError denied'],
    ['a secret without a grant', 'CapabilityError denied'],
    ['the text of a secret', 'CapabilityError denied'],
    ['a secret that encrypts', 'InvalidAccessError'],
    ['a secret that is exported', 'InvalidAccessError'],
    ['a secret that is wrapped', 'InvalidAccessError'],
    ['a secret beyond its lease', 'CapabilityError denied'],
  ] as const)('refuses %s', async ([name, error]) => {
    expect(await ask(name)).toBe(JSON.stringify(error))
  })
})

describe('a hostile agent', () => {
  it.for([
    ['four billion iterations', '"CapabilityError limited"'],
    ['many bits of many iterations', '"CapabilityError limited"'],
    ['a key of RSA of 16384 bits', '"CapabilityError limited"'],
    ['an exponent that no prime fits', '"OperationError"'],
    ['a public key of RSA of 16384 bits', '"CapabilityError limited"'],
    ['thousands of keys', '[1000,"CapabilityError limited"]'],
    ['a key that is only dressed as one', '"TypeError"'],
    ['thousands of operations at once', 'true'],
  ] as const)('is refused %s', async ([name, result]) => {
    expect(await ask(name)).toBe(result)
  })

  it('pays for costly keys before they are made', async () => {
    const started = performance.now()
    expect(await ask('costly keys at once')).toMatch(/^status 50[04]$/)
    // A hundred keys would take minutes.
    expect(performance.now() - started).toBeLessThan(30_000)
  }, 60_000)
})
