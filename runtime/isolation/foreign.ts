/**
 * Objects of the host in the process of a group: numbers of the host's handle table.
 *
 * @module
 */
import { HandleTable, InstanceState, ResourceHandle, trap } from '../abi/index.ts'

/** Stands for an object of the host. */
export class Foreign {
  /** Its handle in the table that the host keeps for the call. */
  readonly handle: number

  constructor(handle: number) {
    this.handle = handle
  }
}

/** The handle table of the other side: a handle is the number that the other side gave it. */
class ForeignTable extends HandleTable {
  override add(entry: object): number {
    const rep = entry instanceof ResourceHandle ? entry.rep : undefined
    if (rep instanceof Foreign) return rep.handle
    return trap('Cannot pass a resource: it is not of the host')
  }

  override resource(handle: number, resource: number): ResourceHandle {
    return new ResourceHandle(resource, new Foreign(handle), true)
  }

  override remove(_handle: number): void {
    // The host has removed it.
  }
}

/** The state of the host, as seen from the process of a group. */
export class ForeignState extends InstanceState {
  override readonly handles: HandleTable = new ForeignTable()
}
