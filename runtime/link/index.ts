/** From component bytes to a plan, and from a plan to a live instance. @module */
export { ComponentError, type HandleTableState, type MarkHook } from '../abi/index.ts'
export { CompiledPlan, compilePlan } from './compile.ts'
export { ExportedFunction } from './exported-function.ts'
export { ComponentInstance, type HostState, type InstanceOptions } from './instance.ts'
export type { Export, ImportedFunction, LinkPlan, ModuleRange, Step } from './plan.ts'
export {
  resolveImports,
  type HostCallable,
  type ImportSource,
  type ResolvedImports,
} from './resolve-imports.ts'
export { GuestResource, type GuestResourceClass } from './resource-class.ts'
export type { HostDispatcher } from './slot.ts'
