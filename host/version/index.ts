/** The version of this package. @module */
export { readPackageVersion } from './package-version.ts'
