/** Puts the files of the page of the operator into the package, which has no sources of it. @module */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from '../host/dashboard/build-page.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'dist/page')

mkdirSync(OUT, { recursive: true })
for (const [name, content] of await buildPage(join(ROOT, 'host/dashboard/client')))
  writeFileSync(join(OUT, name), content)
