/**
 * Cryptography for guests, and secrets of the host as keys.
 *
 * The operations are on for every agent: they give it nothing that it could not compute itself. A secret is used only with
 * a grant. It is a key that cannot be extracted, for the uses of the grant; its text the guest gets only where
 * the operator names the agent.
 *
 * @module
 */
import { MayflyError } from '../../errors/index.ts'
import { GuestError } from '../../host-module/guest-error.ts'
import type {
  Capability,
  CapabilityEvent,
  ConfiguredModule,
  InvocationContext,
} from '../../host-module/index.ts'
import { countInMemory, leaseHint, useLease, type CountUse } from '../../policy/index.ts'
import type { Secret, SecretDriver } from '../http/index.ts'
import { cryptoFunctions } from './crypto-functions.ts'
import { Gate, operationLine } from './gate.ts'
import type { KeyUse, SecretGrant, SecretsGrant } from './grant.ts'
import { KeyRing, type HeldKey } from './key-ring.ts'
import { readKey } from './key-use.ts'

/** A granted secret as it was when the agent was loaded. */
interface Loaded {
  readonly keys: ReadonlyMap<KeyUse, CryptoKey>
  readonly text: string | undefined
}

const FUNCTIONS = [
  ...['digest', 'generate-key', 'import-key', 'export-key', 'sign', 'verify', 'encrypt', 'decrypt'],
  ...['derive-bits', 'derive-key', 'wrap-key', 'unwrap-key'],
]

/**
 * The capability `secrets`, with the interfaces `crypto` and `secrets`.
 *
 * @param driver - the source of secrets; without one a grant of a secret is refused
 */
export function secrets(driver?: SecretDriver): Capability {
  const line = operationLine()
  return {
    name: 'secrets',
    interfaces: ['mayfly:agent/crypto', 'mayfly:agent/secrets'],
    suspends: FUNCTIONS.map((name) => `mayfly:agent/crypto#${name}`),
    example: '"secrets": { "WEBHOOK_KEY": { "use": ["hmac-sha256"] } }',
    async configure({ agent, grant, countUse = countInMemory() }): Promise<ConfiguredModule> {
      // The manifest's parser has checked the shape.
      let granted = (grant ?? {}) as SecretsGrant
      const loaded = new Map<string, Loaded>()
      for (const [name, each] of Object.entries(granted)) {
        loaded.set(name, await load(agent, name, each, driver))
      }
      const grantOf = (name: string): SecretGrant | undefined =>
        Object.hasOwn(granted, name) ? granted[name] : undefined
      return {
        granted: true,
        prepare(context) {
          const uses = new SecretUses(context, grantOf, countUse)
          const ring = new KeyRing(context)
          const gate = new Gate(context, line)
          return {
            'mayfly:agent/crypto': cryptoFunctions({
              gate,
              ring,
              use: ({ source }: HeldKey, action) => {
                if (source !== undefined) uses.use(source.secret, action)
              },
            }),
            'mayfly:agent/secrets': {
              key: (name: string, usage: string | undefined) => {
                const use = uses.usage(name, usage)
                const key = loaded.get(name)?.keys.get(use)
                if (key === undefined) throw new GuestError('unavailable')
                return ring.keep({ key, source: { secret: name } })
              },
              text: (name: string) => {
                uses.readable(name)
                const text = loaded.get(name)?.text
                if (text === undefined) throw new GuestError('unavailable')
                uses.use(name, 'text')
                return text
              },
            },
          }
        },
        attenuate(narrowed) {
          granted = (narrowed ?? {}) as SecretsGrant
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

/** Checks the uses of secrets by one invocation against the grant, and records them. */
class SecretUses {
  readonly #context: InvocationContext
  readonly #grantOf: (name: string) => SecretGrant | undefined
  readonly #countUse: CountUse

  constructor(
    context: InvocationContext,
    /** Asked for every use: grants may be narrowed meanwhile. */
    grantOf: (name: string) => SecretGrant | undefined,
    countUse: CountUse,
  ) {
    this.#context = context
    this.#grantOf = grantOf
    this.#countUse = countUse
  }

  /** The use that the guest asks for, or the first of the grant. */
  usage(name: string, asked: string | undefined): KeyUse {
    const use = this.#grantOf(name)?.use?.find((each) => asked === undefined || each === asked)
    if (use !== undefined) return use
    return this.#refuse(
      name,
      'key',
      `Add "${name}": { "use": ["${(asked ?? 'hmac-sha256').slice(0, 64)}"] } to capabilities.secrets`,
    )
  }

  readable(name: string): void {
    if (this.#grantOf(name)?.readable === true) return
    this.#refuse(
      name,
      'text',
      `Set capabilities.secrets.${name.slice(0, 64)}.readable to true, if the policy of the host lets it be read,`,
    )
  }

  /** Uses the secret once. `action` is `text` when the guest is given the text itself. */
  use(name: string, action: string): void {
    const rule = `secrets.${name}`
    const grant = this.#grantOf(name)
    if (grant === undefined) this.#refuse(name, action, leaseHint(rule))
    const ended = useLease(rule, grant, this.#countUse)
    if (ended !== undefined) this.#refuse(name, action, `${leaseHint(rule)} (${ended})`)
    this.#record(name, action, { outcome: 'allowed', rule })
  }

  #refuse(name: string, action: string, hint: string): never {
    const hintText = `${hint} in the agent.json of "${this.#context.agent}"`
    this.#record(name, action, { outcome: 'denied', hint: hintText })
    throw new GuestError('denied')
  }

  #record(
    name: string,
    action: string,
    end: Pick<CapabilityEvent, 'outcome' | 'rule' | 'hint'>,
  ): void {
    // A name that the guest made up may be anything: enough of it to recognise it by.
    const target = name.slice(0, 64)
    this.#context.record({ capability: 'secrets', action, target, ...end })
  }
}

async function load(
  agent: string,
  name: string,
  { use = [], readable = false }: SecretGrant,
  driver: SecretDriver | undefined,
): Promise<Loaded> {
  const cannot = `Cannot use secret "${name}" for agent "${agent}"`
  const secret = await driver?.get(name, agent)
  if (secret === undefined) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `${cannot}: not set`, {
      hint: driver?.hint(name) ?? 'Give the runtime a driver for secrets',
      facts: { agent, secret: name },
    })
  }
  if (readable) requireReadable(agent, name, secret, driver)
  const keys = new Map<KeyUse, CryptoKey>()
  for (const each of use) {
    try {
      keys.set(each, await readKey(secret.value, each))
    } catch {
      // No cause: the error of the platform may have parts of the secret.
      throw new MayflyError('ERR_HOST_UNAVAILABLE', `${cannot}: not a key for "${each}"`, {
        hint: 'Set a value that is one: base64 for "aes-gcm", PEM in PKCS #8 for "rsa-sha256", "ecdsa-p256-sha256" and "ed25519"',
        facts: { agent, secret: name },
      })
    }
  }
  return { keys, text: readable ? secret.value : undefined }
}

function requireReadable(
  agent: string,
  name: string,
  { hosts }: Secret,
  driver: SecretDriver | undefined,
): void {
  if (hosts === undefined && driver?.mayRead?.(name, agent) === true) return
  const state =
    hosts === undefined
      ? 'the policy of the host does not let the agent read it'
      : 'it is bound to hosts'
  throw new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot give agent "${agent}" the text of secret "${name}": ${state}`,
    {
      hint: `Take "readable" out of capabilities.secrets.${name} and use it as a key, or have the operator add "${agent}" to "readableBy" of the secret in the policy file`,
      facts: { agent, secret: name },
    },
  )
}
