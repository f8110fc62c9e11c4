/**
 * Reads the steps of a document that a reader follows: files, edits and commands, in order.
 *
 * Of its code blocks, `sh` is run line by line, and `text` is what the last of these lines prints; `diff` edits the file that the
 * paragraph before it begins with, in backticks; any other is the whole of such a file.
 *
 * @module
 */
import { readHunks, type Hunk } from './edit.ts'

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'edit'; readonly path: string; readonly hunks: readonly Hunk[] }
  | { readonly kind: 'command'; readonly line: string; readonly prints?: string }

const BLOCK = /^(?:`([^`\n]+)`.*(?:\n.+)*\n\n)?```(\w+)\n([\s\S]*?)^```$/gm

/**
 * @param named - what the steps are of, for errors: `recipe "Add a verb"`
 * @throws {Error} when a block that is to be a file, or an edit of one, does not name it, and for a `text` after no command
 */
export function readSteps(named: string, markdown: string): Step[] {
  const steps: Step[] = []
  for (const [, path, language, text = ''] of markdown.matchAll(BLOCK)) {
    const last = steps.at(-1)
    if (language === 'sh') {
      const lines = text.split('\n').filter((line) => line !== '')
      steps.push(...lines.map((line) => ({ kind: 'command', line }) as const))
    } else if (language === 'text') {
      if (last?.kind !== 'command') throw lost(named, 'no command', text)
      steps.splice(-1, 1, { ...last, prints: text })
    } else if (path === undefined) throw lost(named, 'no path', text)
    else if (language === 'diff') steps.push({ kind: 'edit', path, hunks: readHunks(text) })
    else steps.push({ kind: 'file', path, text })
  }
  return steps
}

function lost(named: string, missing: string, text: string): Error {
  const begin = text.slice(0, 40)
  return new Error(`Cannot read ${named}: ${missing} above the block that begins "${begin}"`)
}
