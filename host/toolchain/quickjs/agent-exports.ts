/** The exports of the core module of an agent. @module */
import { exportedInterface } from '../package-files.ts'
import { readExports, type ModuleExport, type Section } from './sections.ts'

/** Returns the exports a component's core module must have, by the names the component model gives them. */
export function agentExports(sections: readonly Section[]): ModuleExport[] {
  const handle = `[async-lift]${exportedInterface()}#handle`
  const names: Readonly<Record<string, string>> = {
    memory: 'memory',
    reallocate: 'cabi_realloc',
    handle,
    callback: `[callback]${handle}`,
  }
  return readExports(sections).flatMap(({ name, kind, index }) =>
    names[name] === undefined ? [] : [{ name: names[name], kind, index }],
  )
}
