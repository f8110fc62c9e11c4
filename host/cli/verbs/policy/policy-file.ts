/** A policy file, with the places of its lines. @module */

import { placesIn } from '../../../../runtime/documents/index.ts'
import {
  checkManifest,
  parsePolicy,
  type PolicyAnswer,
  type PolicyLine,
} from '../../../../runtime/host-policy/index.ts'
import type { Manifest } from '../../../../runtime/manifest/index.ts'
import { readPolicyText } from '../../read-policy.ts'

/** A line that a policy does not let stand, and the line of the file that says so. */
export interface LocatedLine extends PolicyLine {
  /** `policy.json:12:5`: the rule, or the nearest part around it where the rule is not written. */
  readonly at: string
}

/** The answer of a policy file to a manifest. */
export interface LocatedAnswer extends Omit<PolicyAnswer, 'refused' | 'lowered' | 'manifest'> {
  readonly refused: readonly LocatedLine[]
  readonly lowered: readonly LocatedLine[]
}

/** @throws {MayflyError} ERR_USAGE when the file cannot be read, or with every problem in it */
export function askPolicyFile(file: string, manifest: Manifest): LocatedAnswer {
  const text = readPolicyText(file)
  const { manifest: _, ...answer } = checkManifest(parsePolicy(text, { file }), manifest)
  const places = placesIn(text)
  const located = (line: PolicyLine): LocatedLine => ({
    ...line,
    at: `${file}:${placeOf(places, line.rule)}`,
  })
  return {
    ...answer,
    refused: answer.refused.map(located),
    lowered: answer.lowered.map(located),
  }
}

function placeOf(places: Readonly<Record<string, string>>, rule: string): string {
  const names = rule.split('.')
  for (let length = names.length; length > 0; length--) {
    const place = places[names.slice(0, length).join('.')]
    if (place !== undefined) return place
  }
  return places[''] ?? '1:1'
}

/** Lines as a person reads them: each with the place that says so. */
export function linesText(lines: readonly (PolicyLine & { readonly at?: string })[]): string[] {
  const width = Math.max(0, ...lines.map(({ at = '' }) => at.length))
  return lines.map(({ at, text }) =>
    at === undefined ? `  ${text}` : `  ${at.padEnd(width)}  ${text}`,
  )
}
