/**
 * The metadata of a file or directory.
 *
 * @module
 */
import type { Datetime } from '../clocks/index.ts'
import type { Node } from './area.ts'

const NANOS_A_SECOND = 1_000_000_000n

export type NodeType = 'directory' | 'regular-file'

export function typeOf({ kind }: Node): NodeType {
  return kind === 'file' ? 'regular-file' : 'directory'
}

export function statOf(node: Node): object {
  const { accessedNs, modifiedNs } = node.times
  const modified = datetimeOf(modifiedNs)
  return {
    type: typeOf(node),
    linkCount: BigInt(node.kind === 'file' ? node.links : node.linked),
    size: BigInt(node.kind === 'file' ? node.size : 0),
    dataAccessTimestamp: datetimeOf(accessedNs),
    dataModificationTimestamp: modified,
    statusChangeTimestamp: modified,
  }
}

/** @param nanoseconds - since 1970; the type has no time before, so the first one stands for all of them */
function datetimeOf(nanoseconds: bigint): Datetime {
  const since = nanoseconds < 0n ? 0n : nanoseconds
  return { seconds: since / NANOS_A_SECOND, nanoseconds: Number(since % NANOS_A_SECOND) }
}

export function nanosOf({ seconds, nanoseconds }: Datetime): bigint {
  return seconds * NANOS_A_SECOND + BigInt(nanoseconds)
}

export function hashOf({ id }: Node): object {
  return { lower: id, upper: 0n }
}
