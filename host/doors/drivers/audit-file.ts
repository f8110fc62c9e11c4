/** The audit log in files: hash-chained, signed, verified. @module */
export {
  AuditFile,
  auditKey,
  verifyAudit,
  type AuditedFile,
  type AuditFileOptions,
  type AuditKey,
  type AuditVerdict,
} from '../../drivers/audit-file/index.ts'
export type { ChainHead, SignedHead } from '../../../runtime/audit/index.ts'
