/** Texts in languages, by the ICU data of the platform. @module */
export { intl } from './intl.ts'
export { intlFunctions, type IntlFunctions } from './functions.ts'
