/** The grant `capabilities.secrets`: secrets of the host as keys, and as text where the host lets them be read. @module */
import * as z from 'zod/mini'
import {
  count,
  describe,
  isTexts,
  leasedRecord,
  leaseFields,
  power,
  type GrantKind,
  type Lease,
} from '../../grants/index.ts'

/** What a secret can be used for as a key: an algorithm with its hash. */
export const KEY_USES = [
  'hmac-sha1',
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
  'aes-gcm',
  'rsa-sha256',
  'ecdsa-p256-sha256',
  'ed25519',
] as const
/** What a secret can be used for as a key. */
export type KeyUse = (typeof KEY_USES)[number]

/**
 * A secret that the agent may use.
 *
 * @inline
 */
export interface SecretGrant extends Lease {
  /** The first is the one that `env.secrets.key(name)` gives. */
  readonly use?: readonly KeyUse[]
  /** Whether the agent may have the text. The policy of the host must name agent and secret as well. */
  readonly readable?: boolean
}

/** The `secrets` of a parsed manifest, by name. */
export type SecretsGrant = Readonly<Record<string, SecretGrant>>

const NAME_EXPECTED = 'the name of a secret such as "WEBHOOK_KEY"'

const secretSchema = z
  .strictObject({
    use: describe(
      z.optional(
        z
          .array(z.enum(KEY_USES))
          .check(z.minLength(1, 'at least one use'), z.maxLength(KEY_USES.length, 'each use once')),
      ),
      'What the agent may do with it as a key, which it cannot read. "hmac-*" takes the text as it is, "aes-gcm" base64 of 16, 24 or 32 bytes, the others a private key in PEM (PKCS #8). Default: nothing.',
      ['hmac-sha256'],
    ),
    readable: describe(
      z.optional(z.boolean()),
      'Whether the agent may read the text, and so send it on. Only where the policy of the host names this agent in "readableBy" of the secret. Default false.',
    ),
    ...leaseFields,
  })
  .check(
    z.refine(
      ({ use, readable }) => use !== undefined || readable === true,
      '"use" with at least one use, or "readable": true',
    ),
  )

export const secretsGrant: GrantKind<SecretsGrant | undefined, 'cryptoOperations', never> = {
  schema: () =>
    describe(
      z.optional(
        z.record(
          z.string(NAME_EXPECTED).check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, NAME_EXPECTED)),
          secretSchema,
        ),
      ),
      'Secrets of the host that the agent may use as keys, by name. Those in headers of http rules need no line here. Default: none.',
      { WEBHOOK_KEY: { use: ['hmac-sha256'] } },
    ),
  parts: leasedRecord<SecretGrant>({
    use: (value, { use = [] }) =>
      isTexts(value) &&
      value.length > 0 &&
      value.every((each) => use.some((known) => known === each)),
    readable: (value, { readable = false }) => value === false || value === readable,
  }),
  powers: (secrets) =>
    Object.entries(secrets).flatMap(([name, { use = [], readable = false, ...lease }]) => [
      ...use.map((each) => power(`secrets ${name} as ${each}`, lease)),
      ...(readable ? [power(`secrets ${name} as text`, lease)] : []),
    ]),
  hostSide: {
    quotas: {},
    quotasOf: () => [],
    usesOf: (secrets) =>
      Object.entries(secrets).flatMap(([name, { use = [], readable = false }]) => [
        ...use.map((usage) => ({ list: 'secrets' as const, name, path: [name, 'use'], usage })),
        ...(readable
          ? [{ list: 'secrets' as const, name, path: [name, 'readable'], usage: 'text' }]
          : []),
      ]),
  },
  budgets: {
    cryptoOperations: describe(
      z._default(count('operations'), 10_000),
      'Operations of crypto.subtle one invocation may begin, those of its tools included. Default 10000.',
    ),
  },
  bounds: {},
}
