;; Makes one blob, then reads blob `n`, which it never received; `n` 1 would be the blob it made.
(component
  (import "mayfly:agent/blob@0.1.0" (instance $blobs
    (export "blob" (type $blob (sub resource)))
    (type $error' (enum "denied" "limited"))
    (export "error" (type $error (eq $error')))
    (export "make" (func (param "content" (list u8)) (result (result (own $blob) (error $error)))))
    (export "[method]blob.read" (func
      (param "self" (borrow $blob)) (param "offset" u32) (param "length" u32)
      (result (result (list u8) (error $error)))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $make (canon lower (func $blobs "make") (memory $m)))
  (core func $read (canon lower (func $blobs "[method]blob.read") (memory $m) (realloc $realloc)))
  (core module $agent
    (import "blobs" "make" (func $make (param i32 i32 i32)))
    (import "blobs" "read" (func $read (param i32 i32 i32 i32)))
    (import "memory" "memory" (memory 1))
    (func (export "run") (param i32) (result i32)
      (call $make (i32.const 0) (i32.const 3) (i32.const 64))
      (call $read (local.get 0) (i32.const 0) (i32.const -1) (i32.const 64))
      (i32.load (i32.const 72))))
  (core instance $agent (instantiate $agent
    (with "blobs" (instance (export "make" (func $make)) (export "read" (func $read))))
    (with "memory" (instance $memory))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $agent "run"))))
