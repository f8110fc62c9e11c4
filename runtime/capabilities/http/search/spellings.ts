/**
 * Spellings of a secret in a log, a URL, a dump, each as a complete text. Escapes of single characters, as in JSON and
 * URLs, are undone first: see `readings.ts`.
 *
 * Secrets are visible ASCII: the sender refuses others.
 *
 * @module
 */
import { toHex } from '../../../encoding/index.ts'
import type { Needle } from './needle-set.ts'

/** Needles for every text of any length. For base64 they include characters that share bits with neighbours. */
export function spellingsOf(secret: string): Needle[] {
  const base64 = OFFSETS.map((offset) => insideBase64({ text: secret }, offset))
  return [
    { text: secret },
    { text: secret.replaceAll(' ', '+') },
    { text: toHex(new TextEncoder().encode(secret)) },
    ...base64,
  ]
}

/** Further needles for complete values: base64 of base64. */
export function nestedSpellingsOf(secret: string): Needle[] {
  return OFFSETS.map((offset) => insideBase64({ text: secret }, offset)).flatMap((inner) =>
    OFFSETS.map((offset) => insideBase64(inner, offset)),
  )
}

// Where it may begin in a text of which every 3 bytes are 4 characters.
const OFFSETS = [0, 1, 2]
const BITS_A_CHARACTER = 6

/**
 * Returns the common part of the base64 of all texts with `needle` at `offset`, counted modulo 3. The characters around
 * it hold bits of the needle and of its neighbours.
 */
function insideBase64({ text, around = NOTHING_AROUND }: Needle, offset: number): Needle {
  const whole = btoa('\0'.repeat(offset) + text)
  const start = offset * 8
  const end = start + text.length * 8
  const isCutBefore = start % BITS_A_CHARACTER !== 0
  const isCutAfter = end % BITS_A_CHARACTER !== 0
  return {
    text: whole.slice(Math.ceil(start / BITS_A_CHARACTER), Math.floor(end / BITS_A_CHARACTER)),
    around: {
      before: charactersOf(around.before, isCutBefore),
      after: charactersOf(around.after, isCutAfter),
    },
  }
}

const NOTHING_AROUND = { before: 0, after: 0 }

/** How many characters hold bits of `bytes` beside a needle and, where it ends within one, of the needle. */
function charactersOf(bytes: number, isCut: boolean): number {
  return bytes === 0 ? Number(isCut) : Math.ceil((bytes * 8) / BITS_A_CHARACTER)
}
