/**
 * What `/` says where no agent answers it: the agents at this host, each with a command to try it.
 *
 * It names what a client of this host could ask anyway, and nothing of agents at other hosts, of tools without an address,
 * or of what an agent may do.
 *
 * @module
 */
import { exampleAt } from '../../runtime/manifest/index.ts'
import { acceptsPages } from './dev/index.ts'
import { escaped } from './escaped.ts'
import type { ServedAgent } from './served-agent.ts'

export interface IndexOptions {
  /** Those at the host of the request. */
  readonly agents: readonly ServedAgent[]
  /** What the paths of these begin with, as the client has asked it: without a last slash. */
  readonly base: string
  readonly headers: { get(name: string): string | null }
  /** Of the request. */
  readonly id: string
}

/** The route of an agent at its own hosts, when its manifest names none. */
const WHOLE_HOST = '/*'

const STYLE = `
:root{color-scheme:light dark;--line:#deded9;--soft:#5b6067;--ground:#fafaf8;--block:#f1f1ee;--link:#0f6b5c}
@media (prefers-color-scheme:dark){:root{--line:#2c3136;--soft:#9aa2ab;--ground:#121416;--block:#202428;--link:#62c9b5}}
body{margin:0;background:var(--ground);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:3rem 1rem}
h1{font-size:1.375rem;margin:0 0 1.5rem}
h2{font-size:1rem;margin:0}
ul{list-style:none;margin:0;padding:0}
li{padding:1rem 0;border-top:1px solid var(--line)}
a{color:var(--link)}
p{margin:.125rem 0 0;color:var(--soft);overflow-wrap:anywhere}
pre{margin:.5rem 0 0;padding:.5rem .75rem;border-radius:6px;background:var(--block);overflow-wrap:anywhere;white-space:pre-wrap;font:.8125rem/1.5 ui-monospace,monospace}
`

/** Answers a browser with a page, and any other client with text. */
export function answerIndex({ agents, base, headers, id }: IndexOptions): Response {
  const entries = agents.map((agent) => entryOf(agent, base))
  const fields = {
    'x-request-id': id,
    'cache-control': 'no-store',
    vary: 'accept',
    'x-content-type-options': 'nosniff',
  }
  if (!acceptsPages(headers)) {
    const type = 'text/plain; charset=utf-8'
    return new Response(textOf(entries), { headers: { ...fields, 'content-type': type } })
  }
  const nonce = crypto.randomUUID()
  return new Response(pageOf(entries, nonce), {
    headers: {
      ...fields,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
    },
  })
}

interface Entry {
  readonly name: string
  readonly description: string
  readonly route: string
  readonly url: string
  readonly command: string
}

function entryOf(agent: ServedAgent, base: string): Entry {
  const { name, description = '', route = WHOLE_HOST } = agent
  const url = base + route.replace(/\*$/, '')
  return { name, description, route, url, command: exampleAt(agent, url) }
}

function titleOf(entries: readonly Entry[]): string {
  const count = entries.length
  if (count === 0) return 'Mayfly serves no agent here'
  return `Mayfly serves ${count === 1 ? '1 agent' : `${count} agents`} here`
}

function textOf(entries: readonly Entry[]): string {
  const width = Math.max(0, ...entries.map(({ name }) => name.length))
  const places = Math.max(0, ...entries.map(({ route }) => route.length))
  const lines = entries.map(
    ({ name, route, command }) => `  ${name.padEnd(width)}  ${route.padEnd(places)}  ${command}\n`,
  )
  return `${titleOf(entries)}\n\n${lines.join('')}`
}

function pageOf(entries: readonly Entry[], nonce: string): string {
  const title = titleOf(entries)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style nonce="${nonce}">${STYLE}</style>
<main>
<h1>${title}</h1>
<ul>
${entries.map(itemOf).join('\n')}
</ul>
</main>
`
}

function itemOf({ name, description, route, url, command }: Entry): string {
  const about = description === '' ? route : `${route} · ${description}`
  return `<li><h2><a href="${escaped(url)}">${escaped(name)}</a></h2><p>${escaped(about)}</p><pre>${escaped(command)}</pre></li>`
}
