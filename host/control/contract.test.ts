import { expect, it } from 'vitest'
import * as contract from './contract.ts'
import * as triggerContract from './trigger-contract.ts'

it('the contract is types only, so that clients load no code of a host with it', () => {
  expect(Object.keys(contract)).toEqual([])
  expect(Object.keys(triggerContract)).toEqual([])
})
