/** Bounds on a guest: its fuel, the budgets of its capabilities, and its share of common resources. @module */
export { Budget, emptyBudget, type BudgetLimits, type BudgetName } from './budget.ts'
export { FairShare, type Claim, type FairShareOptions, type ShareUse } from './fair-share.ts'
export { HOST_WORK_FUEL, type HostWork } from './host-work.ts'
export { DEFAULT_FUEL_SLICE, FuelMeter, type FuelAllowance, type FuelCount } from './fuel-meter.ts'
export { BODIES_HINT, emptyHold, HeldBytes } from './held-bytes.ts'
export { TurnQueue, type Verdict } from './turn-queue.ts'
