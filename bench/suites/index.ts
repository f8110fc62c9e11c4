/** The suites by name. Each is loaded when it runs, with the contenders it needs. @module */
import type { Case } from './suite.ts'

export const SUITES = ['engine', 'cold-start'] as const
export type SuiteName = (typeof SUITES)[number]

export async function loadSuite(name: SuiteName): Promise<readonly Case[]> {
  switch (name) {
    case 'engine':
      return (await import('./engine/index.ts')).engine
    case 'cold-start':
      return (await import('./cold-start/index.ts')).coldStart
  }
}

export function isSuite(name: string): name is SuiteName {
  return SUITES.some((suite) => suite === name)
}
