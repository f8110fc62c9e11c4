/** Options and results as the variants they stand for, for texts that name their cases. @module */

import type { ValueType, VariantCase } from './types.ts'

/** A case with its payload, as the linker takes and gives it. */
export interface Tagged {
  readonly tag: string
  readonly val?: unknown
}

export function optionCases(some: ValueType): VariantCase[] {
  return [{ name: 'none' }, { name: 'some', type: some }]
}

export function resultCases({ ok, error }: Extract<ValueType, { kind: 'result' }>): VariantCase[] {
  return [
    { name: 'ok', ...(ok && { type: ok }) },
    { name: 'err', ...(error && { type: error }) },
  ]
}
