/**
 * Digests of bytes: the names of components, policies and versions.
 *
 * @module
 */
export { digestOf, hexOf, isDigest, toDigest, webSha256, type Digest } from './digest.ts'
