/**
 * The page that the author of an agent sees in place of an answer: why a build or a request failed.
 *
 * All text in it comes from sources and from guests, so all of it is escaped, and its policy lets nothing run or load but
 * its own script and style.
 *
 * @module
 */
import { escaped } from '../escaped.ts'

/** Why the last build of an agent failed, as a page says it. Plain data: it crosses to other threads. */
export interface BuildFailure {
  /** Name of the agent. */
  readonly agent: string
  /** Whether an earlier version of it is served. */
  readonly hasOlder: boolean
  /** The failure in one line. */
  readonly title: string
  /** Its problems, one a line. */
  readonly text: string
  /** The remedy. */
  readonly hint?: string | undefined
  /** The place of the failure, such as `agent.ts:3:9`. */
  readonly place?: string | undefined
  /** Lines of the source around it. */
  readonly lines?: readonly SourceLine[] | undefined
}

/** What a page says. */
export type PageContent = Omit<BuildFailure, 'agent' | 'hasOlder'> &
  Partial<Pick<BuildFailure, 'hasOlder'>>

/** A line of a source, as it is shown. */
export interface SourceLine {
  /** From 1. */
  readonly number: number
  /** Of the file, without its end of line. */
  readonly text: string
  /** Of the failure, from 1. Absent on the lines around it. */
  readonly column?: number | undefined
}

const STYLE = `
:root{color-scheme:light dark;--line:#d8dce2;--mark:#c62f3b;--soft:#5b6472;--ground:#fff;--block:#f4f5f7;--hit:#fde8ea}
@media (prefers-color-scheme:dark){:root{--line:#343b46;--mark:#ff8189;--soft:#a3adbb;--ground:#14171c;--block:#1c2129;--hit:#3b2228}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem;border-top:4px solid var(--mark)}
h1{font-size:1.25rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.75rem 0;overflow-wrap:anywhere}
.place,.live{color:var(--soft);margin:0}
.place,pre,code{font-family:ui-monospace,monospace;font-size:.875rem}
pre{background:var(--block);border:1px solid var(--line);border-radius:6px;padding:.75rem;overflow:auto;margin:1rem 0;tab-size:2}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
pre b{color:var(--soft);font-weight:400;user-select:none}
.hit{background:var(--hit);display:inline-block;min-width:100%}
.caret{color:var(--mark);font-weight:700}
.hint{border-left:3px solid var(--mark);padding-left:.75rem}
a{color:inherit}
iframe{display:none;width:100%;height:75vh;border:1px solid var(--line);border-radius:6px;background:#fff}
iframe.shown{display:block}
`
const SCRIPT = `
const page = document.documentElement.dataset
const changes = new EventSource('/-/dev/changes?seen=' + page.seen)
changes.onmessage = () => location.reload()
const older = document.querySelector('a[target=older]')
older?.addEventListener('click', () => document.querySelector('iframe').classList.add('shown'))
`
// No host but its own, and of that only the stream of changes and the page of the version before.
const POLICY =
  "default-src 'none'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

/**
 * Makes an answer of `content`.
 *
 * @param seen - of the state of the builds, as `DevPages` names it: the page loads again when there is another
 * @param path - of the request, with its query
 */
export function pageOf(
  content: PageContent | readonly PageContent[],
  { status, seen, path, headers = {} }: PageOptions,
): Response {
  const parts = [content].flat()
  const [first] = parts
  const nonce = crypto.randomUUID()
  const html = `<!doctype html>
<html lang="en" data-seen="${escaped(seen)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(first?.title ?? '')}</title>
<style nonce="${nonce}">${STYLE}</style>
<main>
${parts.map((part) => section(part, path)).join('\n')}
<p class="live">This page loads again when a file is saved.</p>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
`
  return new Response(html, {
    status,
    headers: {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `${POLICY}; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  })
}

export interface PageOptions {
  readonly status: number
  readonly seen: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

function section({ title, text, hint, place, lines, hasOlder }: PageContent, path: string): string {
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    place === undefined ? '' : `<p class="place">${escaped(place)}</p>`,
    text === '' ? '' : `<pre class="text">${escaped(text)}</pre>`,
    lines === undefined ? '' : `<pre>${lines.map(lineOf).join('\n')}</pre>`,
    hint === undefined ? '' : `<p class="hint">${escaped(hint)}</p>`,
    hasOlder === true
      ? `<p>The version before still answers programs. <a href="${escaped(path)}" target="older">Show its page</a></p>
<iframe name="older" title="The version before"></iframe>`
      : '',
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function lineOf({ number, text, column }: SourceLine): string {
  const gutter = String(number).padStart(4)
  const line = `<b>${gutter} </b>${escaped(text)}`
  if (column === undefined) return line
  // Tabs stay tabs, so that the mark stands under its column.
  const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  return `<span class="hit">${line}</span>\n<b>${' '.repeat(gutter.length)} </b>${indent}<span class="caret">^</span>`
}
