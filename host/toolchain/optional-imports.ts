/**
 * Marks which imports of a component may stay ungranted.
 *
 * A JavaScript agent always imports the whole world, so an import does not show that the agent needs it.
 * The names are in a custom section at the end of the component, one a line; the engine links those
 * interfaces even when the manifest grants nothing, and they answer `denied`.
 *
 * @module
 */
import { withCustomSection } from './custom-section.ts'

export const OPTIONAL_IMPORTS_SECTION = 'mayfly:optional-imports'

/** Returns `component` with `interfaces` (such as `mayfly:agent/kv@0.1.0`) marked as optional. */
export function withOptionalImports(
  component: Uint8Array,
  interfaces: readonly string[],
): Uint8Array<ArrayBuffer> {
  return withCustomSection(component, OPTIONAL_IMPORTS_SECTION, interfaces.join('\n'))
}
