/** What the page says when it has no right to ask the host. @module */
import { CodeLine } from './code-line.tsx'
import type { Reason } from './session.ts'

const TEXTS: Readonly<Record<Reason, { readonly title: string; readonly text: string }>> = {
  'no link': {
    title: 'This page is opened by a link',
    text: 'The host prints one when it starts. It can be opened once. This makes another:',
  },
  'used link': {
    title: 'This link does not open the page any more',
    text: 'It was opened before, or ten minutes have passed. This makes another:',
  },
  ended: {
    title: 'This page has ended',
    text: 'The host was started again, or twelve hours have passed. This makes another link:',
  },
  unreachable: {
    title: 'The host does not answer',
    text: 'It is asked again every few seconds. Whether it runs, this tells:',
  },
}

export function SignedOut({ reason }: { readonly reason: Reason }) {
  const { title, text } = TEXTS[reason]
  const command = reason === 'unreachable' ? 'mayfly control health' : 'mayfly control page'
  return (
    <main class="lonely">
      <h1>{title}</h1>
      <p>{text}</p>
      <CodeLine text={command} label="the command" />
    </main>
  )
}
