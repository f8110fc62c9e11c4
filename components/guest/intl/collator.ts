/** `Intl.Collator`. @module */
import { compare, query } from './host.ts'
import { callable, checked, description, read } from './options.ts'

const OPTIONS =
  'usage localeMatcher collation boolean:numeric caseFirst sensitivity boolean:ignorePunctuation'

/** The description of an order of texts. */
export function collator(locales: unknown, options: unknown): string {
  return description('Collator', locales, read(options, OPTIONS, true))
}

class Order {
  readonly #text: string
  #bound: ((one: unknown, other: unknown) => number) | undefined

  constructor(locales?: unknown, options?: unknown) {
    this.#text = checked(collator(locales, options))
  }

  get compare(): (one: unknown, other: unknown) => number {
    return (this.#bound ??= (one, other) =>
      compare(this.#text, `${one as string}`, `${other as string}`))
  }

  resolvedOptions(): object {
    return query(this.#text, 'resolvedOptions')
  }
}

export const Collator = callable(Order, 'Collator')
