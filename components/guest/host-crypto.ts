/**
 * The part of the door to the host that is about cryptography and secrets, for an engine whose world has none: it keeps the
 * `crypto.subtle` that it has itself. Our own engine has another version of this file.
 *
 * @module
 */

import type { Later } from './host.ts'

/** The interface `crypto` of the host. */
export interface CryptoHost {
  digest(algorithm: string, content: Uint8Array): Later<Uint8Array>
  generateKey(plan: string): Later<string[]>
  importKey(format: string, material: Uint8Array, plan: string): Later<string>
  exportKey(format: string, key: string): Later<Uint8Array>
  sign(algorithm: string, key: string, content: Uint8Array): Later<Uint8Array>
  verify(algorithm: string, key: string, signature: Uint8Array, content: Uint8Array): Later<boolean>
  encrypt(algorithm: string, key: string, content: Uint8Array): Later<Uint8Array>
  decrypt(algorithm: string, key: string, content: Uint8Array): Later<Uint8Array>
  deriveBits(algorithm: string, key: string, length: number | null): Later<Uint8Array>
  deriveKey(algorithm: string, key: string, plan: string): Later<string>
  wrapKey(format: string, key: string, wrappingKey: string, algorithm: string): Later<Uint8Array>
  unwrapKey(
    format: string,
    wrapped: Uint8Array,
    unwrappingKey: string,
    algorithm: string,
    plan: string,
  ): Later<string>
}

/** The interface `secrets` of the host. */
export interface SecretsHost {
  key(name: string, usage: string | null): string
  text(name: string): string
}

export const cryptoHost: CryptoHost | undefined = undefined

export const secretsHost: SecretsHost | undefined = undefined
