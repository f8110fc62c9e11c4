/** Files that people write: JSON with comments, checked against a schema, with every problem at its place. @module */
export { documentJsonSchema } from './document-schema.ts'
export type { Path } from './document-text.ts'
export { pathText, problem, type Problem } from './problem.ts'
export { freeze, isObject, prune } from './plain.ts'
export {
  checkFields,
  documentOfObject,
  placesIn,
  readDocument,
  type Checked,
  type DocumentKind,
} from './read-document.ts'
