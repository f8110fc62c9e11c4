/**
 * The files of the page: made when the package is built and shipped with it. A checkout, which has no build step, makes
 * them when the page is first asked for.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../digest/index.ts'
import type { PageFile } from './serve-page.ts'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}
/** Names of the files, by the paths that the page has them at. */
export const PAGE_FILES: Readonly<Record<string, string>> = {
  '/': 'page.html',
  '/page.js': 'page.js',
  '/page.css': 'page.css',
  '/icon.svg': 'icon.svg',
}
const CLIENT = join(import.meta.dirname, 'client')
/** Where they are in the package: `dist/page`, beside `dist/host`. */
const SHIPPED = join(import.meta.dirname, '../../page')

let known: Promise<ReadonlyMap<string, PageFile>> | undefined

/** Returns the files of the page by their paths; they are read, or made, once. */
export function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  known ??= load()
  known.catch(() => (known = undefined))
  return known
}

async function load(): Promise<ReadonlyMap<string, PageFile>> {
  const contents = existsSync(CLIENT)
    ? await (await import('./build-page.ts')).buildPage(CLIENT)
    : await shipped()
  return new Map(
    Object.entries(PAGE_FILES).map(([path, name]) => {
      const body = new Uint8Array(contents.get(name) ?? [])
      const type = TYPES[name.split('.').at(-1) ?? ''] ?? ''
      return [path, { type, body, etag: `"${sha256(body).slice(0, 32)}"` }]
    }),
  )
}

async function shipped(): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = Object.values(PAGE_FILES)
  const read = names.map(async (name) => [name, await readFile(join(SHIPPED, name))] as const)
  return new Map(await Promise.all(read))
}
