/**
 * Marks which imports of a component may stay ungranted.
 *
 * A JavaScript agent always imports the whole world, so an import does not show that the agent needs it.
 * The names are in a custom section at the end of the component, one a line; the engine links those
 * interfaces even when the manifest grants nothing, and they answer `denied`.
 *
 * @module
 */
import { leb128 } from './leb128.ts'

export const OPTIONAL_IMPORTS_SECTION = 'mayfly:optional-imports'

const CUSTOM_SECTION_ID = 0

/** Returns `component` with `interfaces` (such as `mayfly:agent/kv@0.1.0`) marked as optional. */
export function withOptionalImports(
  component: Uint8Array,
  interfaces: readonly string[],
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const name = encoder.encode(OPTIONAL_IMPORTS_SECTION)
  const names = encoder.encode(interfaces.join('\n'))
  const content = [...leb128(name.length), ...name, ...names]
  const section = [CUSTOM_SECTION_ID, ...leb128(content.length), ...content]
  const marked = new Uint8Array(component.length + section.length)
  marked.set(component)
  marked.set(section, component.length)
  return marked
}
