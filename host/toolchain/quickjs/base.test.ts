import { beforeAll, describe, expect, test } from 'vitest'
import { buildTimeHost } from './build-time-host.ts'
import { componentizeQuickJs } from './index.ts'
import { readSections } from './sections.ts'
import { loadTemplate } from './template.ts'

// Made once, which takes longer than a test may.
beforeAll(async () => void (await loadTemplate()), 60_000)

const CORE_MODULE = 1
const PAGE_BYTES = 4096

describe('makeBase()', () => {
  test('gives agents of different size the pages of engine and library in common', async () => {
    const small = await pagesOf('serve(() => new Response("small"))')
    const rules = JSON.stringify(Array.from({ length: 40 }, (_, at) => `rule number ${at}`))
    const large = await pagesOf(`serve(() => Response.json(${rules}.map((rule) => rule.length)))`)
    expect(small.size).toBeGreaterThan(100)
    expect(large.difference(small).size).toBeLessThan(50)
    expect(small.difference(large).size).toBeLessThan(50)
  })

  test('leaves nothing of the source behind, nor of the bytecode that was read', async () => {
    const source = `${IMPORT}export const handler = serve(() => new Response(String(${'1 + 2 + '.repeat(2000)}3)))`
    const memory = await memoryOf(source)
    expect(memory.indexOf(Buffer.from('1 + 2 + 1 + 2'))).toBe(-1)
    const once = await memoryOf(`${IMPORT}const text = '${MARK}'
      export const handler = serve(() => new Response(text))`)
    expect(once.includes(MARK)).toBe(true)
    expect(once.indexOf(MARK)).toBe(once.lastIndexOf(MARK))
  })
})

const IMPORT = `import { serve } from 'mayfly/guest/serve'\n`
const MARK = 'a text that is nowhere else'

/** Pages that are not all zeros. */
async function pagesOf(handler: string): Promise<Set<string>> {
  const memory = await memoryOf(`${IMPORT}export const handler = ${handler}`)
  const pages = new Set<string>()
  for (let at = 0; at < memory.length; at += PAGE_BYTES) {
    const page = memory.subarray(at, at + PAGE_BYTES)
    if (page.some((byte) => byte !== 0)) pages.add(page.toString('latin1'))
  }
  return pages
}

async function memoryOf(source: string): Promise<Buffer> {
  const component = await componentizeQuickJs({ source })
  const core = readSections(component).find(({ id }) => id === CORE_MODULE)?.content
  const module = new WebAssembly.Module(new Uint8Array(core ?? []))
  const { memory } = new WebAssembly.Instance(module, buildTimeHost(module)).exports
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('Cannot read memory: none there')
  return Buffer.from(memory.buffer)
}
