/** What must not grow unseen. Checked by `npm run bench:check`. @module */

export interface Budget {
  readonly name: string
  readonly of: 'runtimeGzipBytes'
  readonly atMost: number
}

export const BUDGETS: readonly Budget[] = [
  // A Worker may have 3 MiB in all; what the runtime takes of it is not the agent's.
  { name: 'runtime, bundled and compressed: bytes', of: 'runtimeGzipBytes', atMost: 131_072 },
]
