/** The page of the operator. @module */
export { hostPage, type HostPage, type HostPageOptions } from './host-page.ts'
export { pageFiles } from './page-files.ts'
export { servePage, type PageFile } from './serve-page.ts'
