/**
 * The globals of an agent on Mayfly's own engine, for `"types": ["mayfly/types"]` with `"lib": ["esnext"]`. What an agent
 * has not is not declared, so that its use does not compile.
 *
 * `types.test.ts` compares these declarations with the globals of an agent, both ways.
 *
 * @module
 */
/// <reference path="./body.d.ts" />
/// <reference path="./console.d.ts" />
/// <reference path="./crypto.d.ts" />
/// <reference path="./dom-exception.d.ts" />
/// <reference path="./events.d.ts" />
/// <reference path="./messages.d.ts" />
/// <reference path="./named-only.d.ts" />
/// <reference path="./request.d.ts" />
/// <reference path="./streams.d.ts" />
/// <reference path="./byte-streams.d.ts" />
/// <reference path="./text.d.ts" />
/// <reference path="./timers.d.ts" />
/// <reference path="./url.d.ts" />
/// <reference path="./web-assembly.d.ts" />
/// <reference path="./websocket.d.ts" />
