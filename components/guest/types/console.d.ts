/** Lines for the operator, and errors that no code caught. @module */

interface Console {
  assert(condition?: boolean, ...values: any[]): void
  clear(): void
  count(label?: string): void
  countReset(label?: string): void
  debug(...values: any[]): void
  dir(value?: any, options?: any): void
  dirxml(...values: any[]): void
  error(...values: any[]): void
  group(...values: any[]): void
  groupCollapsed(...values: any[]): void
  groupEnd(): void
  info(...values: any[]): void
  log(...values: any[]): void
  table(value?: any, columns?: string[]): void
  time(label?: string): void
  timeEnd(label?: string): void
  timeLog(label?: string, ...values: any[]): void
  timeStamp(label?: string): void
  trace(...values: any[]): void
  warn(...values: any[]): void
}
declare var console: Console

declare function reportError(error: any): void
