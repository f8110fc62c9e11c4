/**
 * Puts the QuickJS engine together before the tests, unless it is kept from before: it takes seconds, and workers
 * that begin side by side would each do it.
 *
 * @module
 */
import { loadTemplate } from '../host/toolchain/quickjs/template.ts'

export default async function buildEngine(): Promise<void> {
  await loadTemplate()
}
