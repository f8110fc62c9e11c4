/**
 * The imports of the world, lowered: flat parameters, and a pointer to where a result that is not one
 * number goes. The layouts are in `../../wit`, the rules in the canonical ABI.
 *
 * @module
 */

@external('mayfly:agent/log@0.1.0', 'write') export declare function logWrite(level: i32, message: usize, length: usize): void
@external('mayfly:agent/config@0.1.0', 'get') export declare function configGet(key: usize, keyLength: usize, out: usize): void
@external('mayfly:agent/config@0.1.0', 'all') export declare function configAll(out: usize): void
@external('mayfly:agent/clock@0.1.0', 'now') export declare function clockNow(): f64
@external('mayfly:agent/clock@0.1.0', 'monotonic') export declare function clockMonotonic(): f64
@external('mayfly:agent/random@0.1.0', 'bytes') export declare function randomBytes(length: u32, out: usize): void
@external('mayfly:agent/random@0.1.0', 'next') export declare function randomNext(): u64
@external('mayfly:agent/poll@0.1.0', 'any') export declare function pollAny(pending: usize, count: usize, hasTimeout: i32, timeoutMs: f64, out: usize): void
@external('mayfly:agent/http@0.1.0', 'send') export declare function httpSend(method: usize, methodLength: usize, url: usize, urlLength: usize, headers: usize, headerCount: usize, body: usize, bodyLength: usize, out: usize): void
@external('mayfly:agent/http@0.1.0', 'start') export declare function httpStart(method: usize, methodLength: usize, url: usize, urlLength: usize, headers: usize, headerCount: usize, body: usize, bodyLength: usize, out: usize): void
@external('mayfly:agent/http@0.1.0', 'take') export declare function httpTake(pending: u32, out: usize): void
@external('mayfly:agent/http@0.1.0', 'cancel') export declare function httpCancel(pending: u32): void
@external('mayfly:agent/kv@0.1.0', 'get') export declare function kvGet(store: usize, storeLength: usize, key: usize, keyLength: usize, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'set') export declare function kvSet(store: usize, storeLength: usize, key: usize, keyLength: usize, value: usize, valueLength: usize, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'delete') export declare function kvDelete(store: usize, storeLength: usize, key: usize, keyLength: usize, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'keys') export declare function kvKeys(store: usize, storeLength: usize, prefix: usize, prefixLength: usize, hasCursor: i32, cursor: usize, cursorLength: usize, limit: u32, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'increment') export declare function kvIncrement(store: usize, storeLength: usize, key: usize, keyLength: usize, delta: i64, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'put') export declare function kvPut(store: usize, storeLength: usize, key: usize, keyLength: usize, value: usize, valueLength: usize, ttlMs: f64, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'compare-and-set') export declare function kvCompareAndSet(store: usize, storeLength: usize, key: usize, keyLength: usize, hasExpected: i32, expected: usize, expectedLength: usize, hasValue: i32, value: usize, valueLength: usize, hasTtl: i32, ttlMs: f64, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'get-many') export declare function kvGetMany(store: usize, storeLength: usize, keys: usize, count: usize, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'set-many') export declare function kvSetMany(store: usize, storeLength: usize, entries: usize, count: usize, out: usize): void
@external('mayfly:agent/kv@0.1.0', 'delete-many') export declare function kvDeleteMany(store: usize, storeLength: usize, keys: usize, count: usize, out: usize): void
@external('mayfly:agent/response-body@0.1.0', 'start') export declare function bodyStart(status: i32, headers: usize, headerCount: usize, out: usize): void
@external('mayfly:agent/response-body@0.1.0', 'write') export declare function bodyWrite(chunk: usize, length: usize, out: usize): void
