/**
 * The one way into a `HostPolicy`: text or an object of an embedder, checked once, frozen for good.
 *
 * @module
 */
import {
  checkFields,
  documentOfObject,
  freeze,
  isObject,
  problem,
  prune,
  readDocument,
  type Checked,
  type DocumentKind,
} from '../documents/index.ts'
import type { HostPolicy } from './host-policy.ts'
import { policySchema } from './schema.ts'
import { wideningProblems } from './widening.ts'

const POLICY: DocumentKind<HostPolicy> = { what: 'policy', code: 'ERR_USAGE', check }

/** Facts about a policy for messages. */
export interface ParsePolicyOptions {
  /** Name of the file, as errors are to show it. */
  file: string
}

/**
 * Parses the text of a policy file: JSON with comments.
 *
 * @throws {MayflyError} ERR_USAGE with every problem, each as `file:line:column: field: expected …, got …`
 */
export function parsePolicy(text: string, { file }: ParsePolicyOptions): HostPolicy {
  return readDocument(text, file, POLICY)
}

/**
 * Makes a policy of an object, for programs that start a host.
 *
 * @throws {MayflyError} ERR_USAGE with every problem, each as `field: expected …, got …`
 */
export function policyFromObject(object: unknown): HostPolicy {
  return documentOfObject(object, POLICY)
}

function check(input: unknown): Checked<HostPolicy> {
  const { value, problems } = checkFields(policySchema, input)
  const alone =
    isObject(input) && input['outsideTenants'] === 'allow' && input['tenants'] === undefined
      ? [problem(['outsideTenants'], 'expected "tenants" beside "outsideTenants"', true)]
      : []
  if (value === undefined || problems.length + alone.length > 0)
    return { problems: [...problems, ...alone] }
  const policy = complete(value)
  const widening = wideningProblems(policy)
  return widening.length > 0 ? { problems: widening } : { value: freeze(policy) }
}

function complete(fields: object): HostPolicy {
  // The schema has filled in every list. Fields that it lacks are absent, not `undefined`.
  const { $schema: _, ...policy } = prune(fields) as HostPolicy & { $schema?: string }
  return policy
}
