/**
 * The keys of one invocation, between the texts that a guest has and the keys of the platform.
 *
 * The text of a key that can be extracted, or is public, has all of the key: the platform's key is made of it when it is used.
 * Any other key is kept here under a random name. So a guest that moves takes all its keys along, and no name leads to a key
 * of another invocation.
 *
 * @module
 */
import { fromBase64, toBase64 } from '../../encoding/index.ts'
import { GuestError } from '../../host-module/guest-error.ts'
import type { InvocationContext } from '../../host-module/index.ts'
import { boundKey, readObject, readPlan, type Algorithm } from './algorithm.ts'

/** How a key is written. */
export type KeyFormat = 'raw' | 'pkcs8' | 'spki' | 'jwk'

/** A secret of the host that a key was made of. */
export interface KeySource {
  readonly secret: string
}

/** A key, and the secret that it is when it is one. */
export interface HeldKey {
  readonly key: CryptoKey
  readonly source?: KeySource
}

const FORMATS: readonly string[] = ['raw', 'pkcs8', 'spki', 'jwk']
const MAX_KEYS = 1_000
const MAX_READ = 64 // Keys that were made of their texts, to be used again
const KEY_BYTES = 4_096 // What one key takes of the host's memory, at most about
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** @throws {GuestError} `mistyped` */
export function readFormat(format: string): KeyFormat {
  if (!FORMATS.includes(format)) throw new GuestError('mistyped')
  // It is one of the list.
  return format as KeyFormat
}

/** Reads a key as the platform does. A format that the platform does not take for the algorithm is its error. */
export function importKey(
  format: KeyFormat,
  material: Uint8Array<ArrayBuffer>,
  algorithm: Algorithm,
  extractable: boolean,
  usages: readonly KeyUsage[],
): Promise<CryptoKey> {
  if (format !== 'jwk')
    return crypto.subtle.importKey(format, material, algorithm, extractable, usages)
  const jwk: unknown = readJson(decoder.decode(material))
  // The platform checks each field.
  return crypto.subtle.importKey('jwk', jwk as JsonWebKey, algorithm, extractable, usages)
}

/** Writes a key as the platform does; a JSON Web Key as JSON. */
export async function exportKey(format: KeyFormat, key: CryptoKey): Promise<Uint8Array> {
  if (format !== 'jwk') return new Uint8Array(await crypto.subtle.exportKey(format, key))
  return encoder.encode(JSON.stringify(await crypto.subtle.exportKey('jwk', key)))
}

export class KeyRing {
  readonly #context: InvocationContext
  readonly #kept = new Map<string, HeldKey>()
  readonly #read = new Map<string, CryptoKey>()

  constructor(context: InvocationContext) {
    this.#context = context
  }

  /** The key of the text `text`. Checks no grant. */
  async get(text: string): Promise<HeldKey> {
    const known = this.#read.get(text)
    if (known !== undefined) return { key: known }
    const described = readObject(text)
    const { kept, format, material } = described
    if (typeof kept === 'string') {
      const held = this.#kept.get(kept)
      if (held === undefined) throw new GuestError('denied')
      return held
    }
    if (typeof format !== 'string' || typeof material !== 'string') throw new GuestError('mistyped')
    const { algorithm, usages } = readPlan(text)
    const bytes = fromText(material)
    // The guest has the bytes, so it may have them in any format.
    const key = await importKey(readFormat(format), bytes, algorithm, true, usages)
    boundKey(key)
    if (this.#read.size >= MAX_READ) this.#read.clear()
    this.#read.set(text, key)
    return { key }
  }

  /** The text of `key`, which was made of `material` in `format`. */
  async add(key: CryptoKey, format?: KeyFormat, material?: Uint8Array): Promise<string> {
    boundKey(key)
    if (!key.extractable && key.type !== 'public') return this.keep({ key })
    const own = format ?? formatOf(key)
    const bytes = material ?? (await exportKey(own, key))
    return JSON.stringify({ ...describe(key), format: own, material: toBase64(bytes, 'base64url') })
  }

  /** Keeps `held` under a random name and returns the text for it. */
  keep(held: HeldKey): string {
    if (this.#kept.size >= MAX_KEYS || !this.#context.held.take(KEY_BYTES)) {
      throw new GuestError('limited')
    }
    const kept = crypto.randomUUID()
    this.#kept.set(kept, held)
    return JSON.stringify({ ...describe(held.key, held.source), kept })
  }
}

function formatOf({ type }: CryptoKey): KeyFormat {
  return type === 'secret' ? 'raw' : type === 'private' ? 'pkcs8' : 'spki'
}

/** What a guest may know of a key. The length of a secret is not among that. */
function describe(key: CryptoKey, source?: KeySource): object {
  const { type, extractable, usages } = key
  const isSecret = source !== undefined && key.algorithm.name === 'HMAC'
  const algorithm = Object.fromEntries(
    Object.entries(key.algorithm).flatMap(([field, value]): [string, unknown][] => {
      if (value instanceof Uint8Array) return [[field, toBase64(value, 'base64url')]]
      return isSecret && field === 'length' ? [] : [[field, value]]
    }),
  )
  return { type, extractable, usages, algorithm }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new GuestError('malformed')
  }
}

function fromText(material: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(material, 'base64url')
  } catch {
    throw new GuestError('malformed')
  }
}
