/** The exports of the core module of an agent. @module */
import { exportedInterface } from '../package-files.ts'
import { readExports, type ModuleExport, type Section } from './sections.ts'

/** Returns the exports a component's core module must have, by the names the component model gives them. */
export function agentExports(sections: readonly Section[]): ModuleExport[] {
  const lifted = {
    handle: `[async-lift]${exportedInterface('handler')}#handle`,
    run: `[async-lift]${exportedInterface('scheduled')}#run`,
    deliver: `[async-lift]${exportedInterface('consumer')}#deliver`,
    invoke: `[async-lift]${exportedInterface('functions')}#call`,
  }
  const names: Readonly<Record<string, readonly string[]>> = {
    memory: ['memory'],
    reallocate: ['cabi_realloc'],
    ...Object.fromEntries(Object.entries(lifted).map(([name, as]) => [name, [as]])),
    // One function for all of them.
    callback: Object.values(lifted).map((name) => `[callback]${name}`),
  }
  return readExports(sections).flatMap(({ name, kind, index }) =>
    (names[name] ?? []).map((as) => ({ name: as, kind, index })),
  )
}
