/** `Intl.Segmenter`. A text is cut by one call, when its first part is asked for. @module */
import { query } from './host.ts'
import { checked, description, read, supportedLocalesOf } from './options.ts'

type Cuts = [starts: number[], words: number[]]

interface Segment {
  segment: string
  index: number
  input: string
  isWordLike?: boolean
}

export class Segmenter {
  static supportedLocalesOf = supportedLocalesOf('Segmenter')
  readonly #text: string

  constructor(locales?: unknown, options?: unknown) {
    this.#text = checked(
      description('Segmenter', locales, read(options, 'localeMatcher granularity')),
    )
  }

  segment(input: unknown): Segments {
    return new Segments(this.#text, `${input as string}`)
  }

  resolvedOptions(): object {
    return query(this.#text, 'resolvedOptions')
  }
}

class Segments {
  readonly #segmenter: string
  readonly #input: string
  #cuts: Cuts | undefined

  constructor(segmenter: string, input: string) {
    this.#segmenter = segmenter
    this.#input = input
  }

  containing(index?: unknown): Segment | undefined {
    const wanted = Math.trunc(+(index as number)) || 0
    if (wanted < 0 || wanted >= this.#input.length) return undefined
    const at = this.#starts().findLastIndex((start) => start <= wanted)
    return this.#at(at)
  }

  *[Symbol.iterator](): Generator<Segment, void> {
    const { length } = this.#starts()
    for (let at = 0; at < length; at++) yield this.#at(at)
  }

  #starts(): number[] {
    this.#cuts ??= query<Cuts>(this.#segmenter, 'segment', this.#input)
    return this.#cuts[0]
  }

  #at(at: number): Segment {
    const input = this.#input
    const [starts = [], words = []] = this.#cuts ?? []
    const index = starts[at] ?? 0
    const segment = { segment: input.slice(index, starts[at + 1]), index, input }
    const word = words[at]
    return word === undefined ? segment : { ...segment, isWordLike: word === 1 }
  }
}
