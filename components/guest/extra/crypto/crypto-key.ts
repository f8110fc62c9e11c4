/**
 * `CryptoKey`: what a script sees of a key. The key itself is a text of the host, which has all of a key that can be
 * extracted, and only the name of any other.
 *
 * @module
 */

import { fromBase64Url } from './base64-url.ts'

/** A key as its text has it. */
interface Described {
  readonly type: string
  readonly extractable: boolean
  readonly usages: readonly string[]
  readonly algorithm: Readonly<Record<string, unknown>>
}

const MAKING = Symbol('making')

/** Makes the key of a text of the host. */
export let keyOf: (text: string) => CryptoKey
/** The text of `key`. Throws a `TypeError` for what is no key. */
export let textOf: (key: unknown) => string

export class CryptoKey {
  readonly #text: string
  readonly #described: Described
  #algorithm: object | undefined
  #usages: string[] | undefined

  static {
    keyOf = (text) => new CryptoKey(MAKING, text)
    textOf = (key) => {
      if (typeof key !== 'object' || key === null || !(#text in key)) {
        throw new TypeError('Cannot use the value as a key: it is no CryptoKey')
      }
      return key.#text
    }
  }

  constructor(making?: symbol, text = '') {
    if (making !== MAKING) throw new TypeError('Illegal constructor')
    this.#text = text
    // The host wrote it.
    this.#described = JSON.parse(text) as Described
  }

  get type(): string {
    return this.#described.type
  }

  get extractable(): boolean {
    return this.#described.extractable
  }

  get algorithm(): object {
    return (this.#algorithm ??= shownAlgorithm(this.#described.algorithm))
  }

  get usages(): string[] {
    return (this.#usages ??= [...this.#described.usages])
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey'
  }
}

function shownAlgorithm(algorithm: Readonly<Record<string, unknown>>): object {
  const { publicExponent } = algorithm
  if (typeof publicExponent !== 'string') return algorithm
  return { ...algorithm, publicExponent: fromBase64Url(publicExponent) }
}
