/**
 * The metadata of a file or directory.
 *
 * @module
 */
import { datetimeOf } from '../clocks/index.ts'
import type { Node } from './area.ts'

export type NodeType = 'directory' | 'regular-file'

export function typeOf({ kind }: Node): NodeType {
  return kind === 'file' ? 'regular-file' : 'directory'
}

export function statOf(node: Node): object {
  const modified = datetimeOf(node.modifiedMs)
  return {
    type: typeOf(node),
    linkCount: node.linked ? 1n : 0n,
    size: BigInt(node.kind === 'file' ? node.size : 0),
    dataAccessTimestamp: modified,
    dataModificationTimestamp: modified,
    statusChangeTimestamp: modified,
  }
}

export function hashOf({ id }: Node): object {
  return { lower: id, upper: 0n }
}
