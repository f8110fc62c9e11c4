/**
 * Puts the template of JavaScript agents into the package, so that the first build after an install is quick.
 *
 * @module
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { loadTemplate, SHARED, SHIPPED } from '../host/toolchain/quickjs/template.ts'

const { digest } = await loadTemplate()
cpSync(join(SHARED, digest), join(SHIPPED, digest), { recursive: true })
