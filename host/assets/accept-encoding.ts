/**
 * Which encoding of an answer a client wants most: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 *
 * @module
 */

/** Encodings that this host knows. */
export type Encoding = 'br' | 'zstd' | 'gzip'

// `x-gzip` is another name: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
const ALIASES: ReadonlyMap<string, string> = new Map([['x-gzip', 'gzip']])
const QUALITY = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i
// More than any client has: the list is read for every request.
const MAX_ELEMENTS = 32

/**
 * Returns the encoding of `offered` that the client weighs most; of several the first of `offered`. Nothing where it wants
 * the answer as it is, or says nothing.
 *
 * @param accept - the field `accept-encoding`
 */
export function chooseEncoding(
  accept: string | null,
  offered: readonly Encoding[],
): Encoding | undefined {
  if (accept === null || accept === '' || offered.length === 0) return undefined
  const weights = weightsOf(accept)
  const others = weights.get('*') ?? 0
  // Without a word about it, the answer as it is will do, after all that is named.
  let most = weights.get('identity') ?? 0
  let chosen: Encoding | undefined
  for (const encoding of offered) {
    const weight = weights.get(encoding) ?? others
    // One that is as good as the plain answer is smaller.
    if (weight > most || (chosen === undefined && weight === most && weight > 0)) {
      most = weight
      chosen = encoding
    }
  }
  return chosen
}

function weightsOf(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const element of accept.toLowerCase().split(',', MAX_ELEMENTS)) {
    const [coding = '', ...parameters] = element.split(';')
    const name = coding.trim()
    if (name === '') continue
    const weight = weightOf(parameters)
    // What cannot be read is not wanted.
    if (weight !== undefined) weights.set(ALIASES.get(name) ?? name, weight)
  }
  return weights
}

function weightOf(parameters: readonly string[]): number | undefined {
  const [first] = parameters
  if (first === undefined) return 1
  const [, weight] = QUALITY.exec(first) ?? []
  return weight === undefined ? undefined : Number(weight)
}
