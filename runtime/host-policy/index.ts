/** The policy of a host: its type, its parser, its JSON Schema, and its answer to a manifest. @module */
export type { AllowedSecret, HostPolicy, LimitName, PolicyPart, Tenant } from './host-policy.ts'
export { parsePolicy, policyFromObject, type ParsePolicyOptions } from './parse.ts'
export { admitManifest, checkManifest, type PolicyAnswer } from './check-manifest.ts'
export type { PolicyLine } from './policy-line.ts'
export { mayReadSecret, secretsOf } from './allowed-names.ts'
export { tenantBoundOf, tenantOf } from './tenant.ts'
export { policyJsonSchema } from './json-schema.ts'
