/** The contract between the engine and its capabilities. @module */
export type {
  Capability,
  CapabilityEvent,
  ConfigureContext,
  ConfiguredCapability,
  HostFunction,
  Imports,
  InvocationContext,
} from './contract.ts'
export { GuestError } from './guest-error.ts'
export { pendingOf, PendingSet } from './pending.ts'
