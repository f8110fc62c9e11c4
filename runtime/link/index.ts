/** From component bytes to a plan, and from a plan to a live instance. @module */
export { ComponentError, type HandleTableState, type MarkHook } from '../abi/index.ts'
export { CompiledPlan, compilePlan } from './compile.ts'
export { exportMissing, indexExports } from './plan/export-index.ts'
export { ExportedFunction } from './call/exported-function.ts'
export { CallSignals } from './call/call-signals.ts'
export { ComponentInstance, type HostState, type InstanceOptions } from './instance.ts'
export { ABORT_MODULE } from './stack/abort.ts'
export { canSuspend } from './stack/landing.ts'
export { smallModulesOf } from './stack/small-modules.ts'
export { HAS_STACK_SWITCHING, STACK_SWITCHING_HINT } from './stack/stack-switching.ts'
export { makePlan } from './plan/make-plan.ts'
export { outOfMemory } from './out-of-memory.ts'
export { interfacePath } from './plan/nested-interface.ts'
export { planToWit } from './plan/plan-to-wit.ts'
export { equalFunctions } from './plan/equal-type.ts'
export { TypeTexts } from './plan/type-text.ts'
export {
  STRING_ENCODINGS,
  type CanonicalOptions,
  type CoreReference,
  type CoreSort,
  type Export,
  type FunctionReference,
  type ImportedFunction,
  type InstantiateStep,
  type LiftedFunction,
  type LinkPlan,
  type ModuleRange,
  type ResourceDefinition,
  type StartStep,
  type Step,
  type StringEncoding,
  type Trampoline,
} from './plan/link-plan.ts'
export {
  callableOf,
  resolveImports,
  type HostCallable,
  type ImportSource,
  type ResolvedImports,
} from './plan/resolve-imports.ts'
export { GuestResource, type GuestResourceClass } from './guest-resource.ts'
export { LazySignal } from './call/lazy-signal.ts'
export type { Aborter, CallSignal, HostCall, HostDispatcher } from './host-dispatcher.ts'
export type { StackRoom } from './stack/stack-count.ts'
