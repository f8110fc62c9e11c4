/** The audit log in files. @module */
export { auditReceipt, auditRecords, headBeside, previousChain } from './audit-directory.ts'
export { AuditFile, FLUSH_MS, SEGMENT_BYTES, type AuditFileOptions } from './audit-file.ts'
export { auditKey, KEY_FILE, publicKeyOf, type AuditKey } from './audit-key.ts'
export { removeOldest, type RetentionOptions } from './audit-retention.ts'
export { segmentName } from './segment-name.ts'
export { verifyAudit, type AuditedFile, type AuditVerdict } from './verify-audit.ts'
