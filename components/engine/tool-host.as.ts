/**
 * The imports of the world that are about other agents and blobs, lowered as those in `host.as.ts` are.
 *
 * @module
 */

@external('mayfly:agent/tools@0.1.0', 'call') export declare function toolsCall(tool: usize, toolLength: usize, input: usize, inputLength: usize, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'start') export declare function toolsStart(tool: usize, toolLength: usize, input: usize, inputLength: usize, blobs: usize, count: usize, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'take') export declare function toolsTake(pending: u32, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'take-blob') export declare function toolsTakeBlob(pending: u32, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'cancel') export declare function toolsCancel(pending: u32): void
@external('mayfly:agent/blob@0.1.0', 'make') export declare function blobMake(content: usize, length: usize, out: usize): void
@external('mayfly:agent/blob@0.1.0', 'given') export declare function blobGiven(out: usize): void
@external('mayfly:agent/blob@0.1.0', '[method]blob.size') export declare function blobSize(blob: u32, out: usize): void
@external('mayfly:agent/blob@0.1.0', '[method]blob.read') export declare function blobRead(blob: u32, offset: u32, length: u32, out: usize): void
@external('mayfly:agent/blob@0.1.0', '[resource-drop]blob') export declare function blobDrop(blob: u32): void
@external('mayfly:agent/blob@0.1.0', 'answer') export declare function blobAnswer(blob: u32, out: usize): void
@external('mayfly:agent/http@0.1.0', 'take-blob') export declare function httpTakeBlob(pending: u32, out: usize): void
