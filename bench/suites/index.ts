/** The suites by name. Each is loaded when it runs, with the contenders it needs. @module */
import type { Case } from './suite.ts'

export const SUITES = [
  'agents',
  'capabilities',
  'cold-start',
  'memory',
  'throughput',
  'workload',
  'isolation',
] as const
export type SuiteName = (typeof SUITES)[number]

export async function loadSuite(name: SuiteName): Promise<readonly Case[]> {
  switch (name) {
    case 'agents':
      return (await import('./agents/index.ts')).agents
    case 'capabilities':
      return (await import('./capabilities/index.ts')).capabilities
    case 'cold-start':
      return (await import('./cold-start/index.ts')).coldStart
    case 'memory':
      return (await import('./memory/index.ts')).memory
    case 'throughput':
      return (await import('./throughput/index.ts')).throughput
    case 'workload':
      return (await import('./workload/index.ts')).workload
    case 'isolation':
      return (await import('./isolation/index.ts')).isolation
  }
}

export function isSuite(name: string): name is SuiteName {
  return SUITES.some((suite) => suite === name)
}
