/**
 * Digests of bytes: what names a component, a policy, a version.
 *
 * @module
 */
export { digestOf, hexOf, isDigest, toDigest, webSha256, type Digest } from './digest.ts'
