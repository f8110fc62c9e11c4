/** Something to copy: a command, or a line of `agent.json`. @module */
import { useState } from 'hono/jsx/dom'
import { printableLines } from './text.ts'

const SHOWN_MS = 1_500

export interface CodeLineProps {
  readonly text: string
  /** What is copied, for those who hear the page. */
  readonly label: string
}

export function CodeLine({ text, label }: CodeLineProps) {
  const [isCopied, setCopied] = useState(false)
  // What is shown is what is copied.
  const shown = printableLines(text)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(shown)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <div class="code">
      <code>{shown}</code>
      <button type="button" class="quiet" aria-label={`Copy ${label}`} onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  )
}
