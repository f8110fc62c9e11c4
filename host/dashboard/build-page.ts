/** Makes the files of the page from its sources: the document as a text, the script and the style in one file each. @module */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'

const COMMON: BuildOptions = {
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
  minify: true,
  jsx: 'automatic',
  legalComments: 'none',
  logLevel: 'silent',
}

/**
 * Returns the contents of `page.html`, `page.js`, `page.css` and `icon.svg`.
 *
 * @param directory - of the sources
 */
export async function buildPage(directory: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const [script, style, icon, document] = await Promise.all([
    bundle({
      entryPoints: [join(directory, 'page.tsx')],
      platform: 'browser',
      jsxImportSource: 'hono/jsx/dom',
    }),
    bundle({ entryPoints: [join(directory, 'page.css')] }),
    readFile(join(directory, 'icon.svg')),
    documentText(directory),
  ])
  return new Map([
    ['page.html', new TextEncoder().encode(document)],
    ['page.js', script],
    ['page.css', style],
    ['icon.svg', icon],
  ])
}

/** Rendered here: what a browser is sent is a plain document. */
async function documentText(directory: string): Promise<string> {
  const code = await bundle({
    entryPoints: [join(directory, 'document.tsx')],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    jsxImportSource: 'hono/jsx',
  })
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
  // The cast: `document.tsx` exports it.
  const { documentOf } = (await import(url)) as { documentOf: () => { toString(): string } }
  return `<!doctype html>\n${String(documentOf())}\n`
}

async function bundle(options: BuildOptions): Promise<Uint8Array> {
  const { outputFiles = [] } = await build({ ...COMMON, ...options })
  return outputFiles[0]?.contents ?? new Uint8Array()
}
