/** Lines of agents on the console of the host. @module */
export { consoleLog } from '../../../runtime/capabilities/log/index.ts'
