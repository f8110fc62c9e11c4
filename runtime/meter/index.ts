/** What a guest may use: fuel, and the budgets of what it asks its host for. @module */
export { Budget, BUDGETS, emptyBudget, type BudgetLimits, type BudgetName } from './budget.ts'
export { DEFAULT_FUEL_SLICE, FuelMeter, type FuelAllowance } from './fuel-meter.ts'
