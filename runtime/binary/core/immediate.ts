/** How the immediates of an instruction are encoded. @module */

export const IMMEDIATE = {
  unknown: 0,
  none: 1,
  block: 2,
  label: 3,
  labels: 4,
  index: 5,
  twoIndexes: 6,
  memory: 7,
  i32: 8,
  i64: 9,
  f32: 10,
  f64: 11,
  heapType: 12,
  types: 13,
  tryTable: 14,
  bytes16: 15,
  lane: 16,
  memoryLane: 17,
  castBranch: 18,
} as const

/** For instructions with a number of operands that depends on a type: blocks, calls, branches. */
export const VARIES = 15
