/**
 * Has a process and its threads load what `host-bundle.ts` has put together in place of the sources.
 *
 * Plain JavaScript, because every process that a test starts loads it, also one with an older Node.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import module from 'node:module'

const ROOT = new URL('..', import.meta.url).href
const SOURCES = `${ROOT}host/`
const BUNDLED = `${ROOT}node_modules/.vitest-cache/bundled/`

module.registerHooks?.({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    if (!resolved.url.startsWith(SOURCES) || !resolved.url.endsWith('.ts')) return resolved
    const url = BUNDLED + resolved.url.slice(ROOT.length, -'ts'.length) + 'js'
    return existsSync(new URL(url)) ? { ...resolved, url, format: 'module' } : resolved
  },
})
