/** Builds agents on QuickJS. @module */
export { componentizeQuickJs, type ComponentizeQuickJsOptions } from './componentize-quickjs.ts'
export { EvaluationError } from './evaluation-error.ts'
export { loadTemplate } from './template.ts'
