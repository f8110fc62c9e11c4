/**
 * Errors that cross from the process of a group, as JSON. The host trusts no part of it.
 *
 * @module
 */
import {
  isMayflyError,
  MayflyError,
  printable,
  SYSTEM_ERROR_CODES,
  USER_ERROR_CODES,
  type MayflyErrorCode,
} from '../errors/index.ts'

// The longest that an operator reads, and the most facts that any error of ours has.
const MAX_TEXT = 4_000
const MAX_FACTS = 16
const MAX_FACT = 400
// The host alone knows of the client, and an ending that is no fault of the guest is not counted as a failure.
const CODES = new Set<string>([...USER_ERROR_CODES, ...SYSTEM_ERROR_CODES])
CODES.delete('ERR_CLIENT_GONE')

/** @returns JSON */
export function encodeError(error: unknown): string {
  if (!isMayflyError(error)) {
    const reason = error instanceof Error ? error.message : String(error)
    return encodeError(new MayflyError('ERR_GUEST_TRAPPED', `Guest trapped: ${reason}`))
  }
  const { code, message, hint, facts } = error.encode()
  // The host reads no more of it.
  return JSON.stringify({
    code,
    message: message.slice(0, MAX_TEXT),
    hint: hint?.slice(0, MAX_TEXT),
    facts: factsOf(facts),
  })
}

/** Returns an error in any case: text that is none of ours becomes one that says so. */
export function decodeError(json: string): MayflyError {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    parsed = undefined
  }
  const { code, message, hint, facts } = (parsed ?? {}) as Record<string, unknown> // Each is checked
  if (typeof code !== 'string' || !CODES.has(code) || typeof message !== 'string')
    return new MayflyError('ERR_GUEST_TRAPPED', 'Guest trapped: its process did not say why')
  return new MayflyError(code as MayflyErrorCode, bounded(message), {
    ...(typeof hint === 'string' ? { hint: bounded(hint) } : {}),
    facts: factsOf(facts),
  })
}

function bounded(text: string): string {
  return printable(text.slice(0, MAX_TEXT))
}

function factsOf(value: unknown): Record<string, string | number> {
  if (typeof value !== 'object' || value === null) return {}
  const facts: [string, string | number][] = []
  for (const [name, fact] of Object.entries(value).slice(0, MAX_FACTS)) {
    const key = printable(name.slice(0, MAX_FACT))
    if (typeof fact === 'number') facts.push([key, fact])
    else if (typeof fact === 'string') facts.push([key, printable(fact.slice(0, MAX_FACT))])
  }
  // Own properties whatever their names: `__proto__` is one of them then.
  return Object.fromEntries(facts)
}
