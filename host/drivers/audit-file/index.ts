/** The audit log in files. @module */
export {
  auditReceipt,
  auditRecords,
  headBeside,
  previousChain,
  sha256,
  verifyAudit,
  type AuditedFile,
  type AuditVerdict,
} from './audit-directory.ts'
export { AUDIT_SUFFIX, AuditFile, FLUSH_MS, type AuditFileOptions } from './audit-file.ts'
export { auditKey, KEY_FILE, publicKeyOf, type AuditKey } from './audit-key.ts'
