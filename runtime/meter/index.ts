/** Fuel: how much a guest may compute. @module */
export { DEFAULT_FUEL_SLICE, FuelMeter, type FuelAllowance } from './fuel-meter.ts'
