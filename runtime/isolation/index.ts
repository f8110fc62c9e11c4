/** Guests in processes of their own: what the host sends them, and how it reads what comes back. @module */
export { FrameSplitter, LENGTH_BYTES } from './frame.ts'
export type { Connection, ConnectionEvents, GroupEnd } from './group.ts'
export { decodeError, encodeError } from './encoded-error.ts'
export {
  residentLoader,
  type PreparedResident,
  type ResidentLoader,
  type ResidentRequest,
} from './prepare-resident.ts'
export { Residents, type HostPort } from './residents.ts'
export { isolation, type IsolationOptions } from './site.ts'
