/** The functions of `mayfly:agent/crypto`: the Web Cryptography API of the platform, on keys of the invocation. @module */
import { GuestError } from '../../host-module/guest-error.ts'
import type { HostFunction } from '../../host-module/index.ts'
import {
  bitsFor,
  boundDeriving,
  boundMaking,
  is,
  readAlgorithm,
  readPlan,
  type Algorithm,
} from './algorithm.ts'
import { costOfDeriving, costOfMaking, costOfUse } from './cost.ts'
import type { Gate } from './gate.ts'
import { exportKey, importKey, readFormat, type HeldKey, type KeyRing } from './key-ring.ts'

/** What the functions stand on. */
export interface CryptoParts {
  readonly gate: Gate
  readonly ring: KeyRing
  /** Notes the use of a secret; throws when it is not granted any more. */
  use(held: HeldKey, action: string): void
}

type Bytes = Uint8Array<ArrayBuffer>

const { subtle } = crypto
const MAX_MATERIAL = 65_536
const MICROS_TO_READ = 60

/** The functions for one invocation. */
export function cryptoFunctions({ gate, ring, use }: CryptoParts): Record<string, HostFunction> {
  /** An operation with `key` on `content` whose result is bytes. */
  const onBytes =
    (
      action: string,
      work: (algorithm: Algorithm, key: CryptoKey, content: Bytes) => Promise<ArrayBuffer>,
    ) =>
    (algorithm: string, key: string, content: Bytes): Promise<Uint8Array> =>
      gate.begin([content], async () => {
        const read = readAlgorithm(algorithm)
        const held = await keyFor(key, action)
        return new Uint8Array(
          await gate.run({
            bytes: content.length,
            micros: costOfUse(held),
            work: () => work(read, held, content),
          }),
        )
      })

  return {
    digest: (algorithm: string, content: Bytes) =>
      gate.begin([content], async () => {
        const read = readAlgorithm(algorithm)
        const work = (): Promise<ArrayBuffer> => subtle.digest(read, content)
        return new Uint8Array(await gate.run({ bytes: content.length, micros: 30, work }))
      }),

    generateKey: (plan: string) =>
      gate.begin([], async () => {
        const { algorithm, extractable, usages } = readPlan(plan)
        boundMaking(algorithm)
        const made = await gate.run({
          micros: costOfMaking(algorithm),
          work: async (): Promise<CryptoKey | CryptoKeyPair> =>
            subtle.generateKey(algorithm, extractable, usages),
        })
        if (!('privateKey' in made)) return [await ring.add(made)]
        return [await ring.add(made.privateKey), await ring.add(made.publicKey)]
      }),

    importKey: (format: string, material: Bytes, plan: string) =>
      gate.begin([material], async () => {
        const { algorithm, extractable, usages } = readPlan(plan)
        const known = readFormat(format)
        if (material.length > MAX_MATERIAL) throw new GuestError('limited')
        const work = (): Promise<CryptoKey> =>
          importKey(known, material, algorithm, extractable, usages)
        return ring.add(await gate.run({ micros: MICROS_TO_READ, work }), known, material)
      }),

    exportKey: (format: string, key: string) =>
      gate.begin([], async () => {
        const known = readFormat(format)
        const held = await keyFor(key, 'export-key')
        return gate.run({ micros: MICROS_TO_READ, work: () => exportKey(known, held) })
      }),

    sign: onBytes('sign', (algorithm, key, content) => subtle.sign(algorithm, key, content)),

    verify: (algorithm: string, key: string, signature: Bytes, content: Bytes) =>
      gate.begin([signature, content], async () => {
        const read = readAlgorithm(algorithm)
        const held = await keyFor(key, 'verify')
        const work = (): Promise<boolean> => subtle.verify(read, held, signature, content)
        return gate.run({ bytes: content.length, micros: costOfUse(held), work })
      }),

    encrypt: onBytes('encrypt', (algorithm, key, content) =>
      subtle.encrypt(algorithm, key, content),
    ),

    decrypt: onBytes('decrypt', (algorithm, key, content) =>
      subtle.decrypt(algorithm, key, content),
    ),

    deriveBits: (algorithm: string, key: string, length: number | undefined) =>
      gate.begin([], async () => {
        const read = await withPublic(readAlgorithm(algorithm))
        boundDeriving(read, length ?? 0)
        const held = await keyFor(key, 'derive-bits')
        const work = (): Promise<ArrayBuffer> => subtle.deriveBits(read, held, length ?? null)
        return new Uint8Array(
          await gate.run({ micros: costOfDeriving(read, held, length ?? 0), work }),
        )
      }),

    deriveKey: (algorithm: string, key: string, plan: string) =>
      gate.begin([], async () => {
        const read = await withPublic(readAlgorithm(algorithm))
        const { algorithm: derived, extractable, usages } = readPlan(plan)
        const bits = bitsFor(derived)
        boundDeriving(read, bits)
        const held = await keyFor(key, 'derive-key')
        const work = (): Promise<CryptoKey> =>
          subtle.deriveKey(read, held, derived, extractable, usages)
        return ring.add(await gate.run({ micros: costOfDeriving(read, held, bits), work }))
      }),

    wrapKey: (format: string, key: string, wrappingKey: string, algorithm: string) =>
      gate.begin([], async () => {
        const known = readFormat(format)
        const read = readAlgorithm(algorithm)
        const wrapped = await keyFor(key, 'wrap-key')
        const wrapping = await keyFor(wrappingKey, 'wrap-key')
        const work = (): Promise<ArrayBuffer> => subtle.wrapKey(known, wrapped, wrapping, read)
        return new Uint8Array(await gate.run({ micros: costOfUse(wrapping), work }))
      }),

    unwrapKey: (
      format: string,
      wrapped: Bytes,
      unwrapping: string,
      algorithm: string,
      plan: string,
    ) =>
      gate.begin([wrapped], async () => {
        const known = readFormat(format)
        const read = readAlgorithm(algorithm)
        const made = readPlan(plan)
        if (wrapped.length > MAX_MATERIAL) throw new GuestError('limited')
        const held = await keyFor(unwrapping, 'unwrap-key')
        const work = (): Promise<CryptoKey> =>
          subtle.unwrapKey(
            known,
            wrapped,
            held,
            read,
            made.algorithm,
            made.extractable,
            made.usages,
          )
        return ring.add(await gate.run({ micros: costOfUse(held) + MICROS_TO_READ, work }))
      }),
  }

  async function keyFor(text: string, action: string): Promise<CryptoKey> {
    const held = await ring.get(text)
    use(held, action)
    return held.key
  }

  /** The other side's key of a key agreement is given as the text of a key. */
  async function withPublic(algorithm: Algorithm): Promise<Algorithm> {
    const { name, public: other } = algorithm
    if (!is(name, 'ECDH') && !is(name, 'X25519')) return algorithm
    if (typeof other !== 'string') throw new GuestError('mistyped')
    return { ...algorithm, public: await keyFor(other, 'derive-bits') }
  }
}
