/** The audit log: its events, the chain of their records, and the check of a chain. @module */
export {
  AuditChain,
  headLine,
  headText,
  parseHead,
  type ChainHead,
  type Sha256,
  type SignedHead,
} from './chain.ts'
export {
  AUDIT_FIELDS,
  AUDIT_KINDS,
  type AuditEvent,
  type AuditKind,
  type AuditSink,
} from './event.ts'
export {
  parseReceipt,
  receiptOf,
  verifyReceipt,
  type Receipt,
  type ReceiptLink,
  type ReceiptVerdict,
} from './receipt.ts'
export type { AuditRecord } from './record.ts'
export { headVerifier, type HeadVerifier } from './signature.ts'
export { readChain, type ChainProblem, type ChainReport, type ReadChainOptions } from './verify.ts'
