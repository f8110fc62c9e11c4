/**
 * Uses of Web APIs that must have the same results in another implementation. A case returns a value that JSON can
 * write, or throws: then only the kind of the error is compared, since wording is free.
 *
 * @module
 */

import { bodyCases } from './body-cases.ts'
import type { Cases } from './case.ts'
import { eventCases } from './event-cases.ts'
import { fetchCases } from './fetch-cases.ts'
import { formCases } from './form-cases.ts'
import { streamCases } from './stream-cases.ts'
import { textCases } from './text-cases.ts'
import { urlCases } from './url-cases.ts'

export const cases: Cases = {
  ...urlCases,
  ...textCases,
  ...bodyCases,
  ...formCases,
  ...fetchCases,
  ...streamCases,
  ...eventCases,
}

/** Returns the result of a case as text. */
export async function runCase(name: string): Promise<string> {
  try {
    return JSON.stringify(await cases[name]?.()) ?? 'undefined'
  } catch (error) {
    return `throws ${error instanceof Error ? error.name : typeof error}`
  }
}
