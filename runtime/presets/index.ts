/** The engine with capabilities chosen. @module */
export { Runtime, type Drivers, type RuntimeOptions } from './default.ts'
