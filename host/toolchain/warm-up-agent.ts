/**
 * An agent of our own for hosts to ask before their clients do: the engine that it shares with all agents is compiled to
 * the end by then.
 *
 * @module
 */
import { withOptionalImports } from './optional-imports.ts'
import { importedInterfaces, LIBRARY } from './package-files.ts'

// A little of all that agents do with a request: the parts of the engine that it runs are those that get compiled.
const SOURCE = `
import { serve } from ${JSON.stringify(LIBRARY)}

class Sum {
  #total = 0
  add({ price, count = 1 }) {
    this.#total += price * count
    return this
  }
  get total() {
    return this.#total
  }
}

export const handler = serve({
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    const accepted = request.headers.get('accept')
    if (request.method !== 'POST') return new Response(\`\${pathname} \${searchParams} \${accepted}\`)
    const { items, ...rest } = await request.json()
    const names = new Map(items.map((item, index) => [item.name ?? \`item \${index}\`, item]))
    const sum = [...names.values()]
      .filter(({ price }) => price > 0)
      .sort((a, b) => a.price - b.price)
      .reduce((into, item) => into.add(item), new Sum())
    const name = String(rest.customer).replace(/[^a-z ]/gi, '')
    return Response.json({ ...rest, name, total: sum.total }, { headers: { 'x-count': String(names.size) } })
  },
})
`

/** Returns its component. `cacheDirectory` is where the engine is kept when the folder of the package cannot be written. */
export async function warmUpAgent(cacheDirectory?: string): Promise<Uint8Array<ArrayBuffer>> {
  const { componentizeQuickJs } = await import('./quickjs/index.ts')
  const component = await componentizeQuickJs({
    source: SOURCE,
    filename: 'warm-up.js',
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  })
  return withOptionalImports(component, importedInterfaces())
}
