/**
 * The hostile components: one folder each, as the text of a component.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

const FOLDER = '../../../components/hostile'

/** Returns the text of a hostile component. */
export function hostile(name: string): string {
  return readFileSync(new URL(`${FOLDER}/${name}/agent.wat`, import.meta.url), 'utf8')
}
