;; Imports functions of a blob that the WIT does not have: a constructor, a private name of the host, a name that
;; every object of the host inherits. `n` chooses the one to call.
(component
  (import "mayfly:agent/blob@0.1.0" (instance $blobs
    (export "blob" (type $blob (sub resource)))
    (export "make" (func (param "content" (list u8)) (result (result (own $blob)))))
    (export "[constructor]blob" (func (param "content" (list u8)) (result (own $blob))))
    (export "[method]blob.content" (func (param "self" (borrow $blob)) (result (list u8))))
    (export "[method]blob.constructor" (func (param "self" (borrow $blob)) (result (own $blob))))
    (export "[method]blob.to-string" (func (param "self" (borrow $blob)) (result string)))
    (export "[static]blob.call" (func (param "content" (list u8)) (result (own $blob))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $make (canon lower (func $blobs "make") (memory $m)))
  (core func $construct (canon lower (func $blobs "[constructor]blob") (memory $m)))
  (core func $content (canon lower (func $blobs "[method]blob.content") (memory $m) (realloc $realloc)))
  (core func $class (canon lower (func $blobs "[method]blob.constructor")))
  (core func $text (canon lower (func $blobs "[method]blob.to-string") (memory $m) (realloc $realloc)))
  (core func $call (canon lower (func $blobs "[static]blob.call") (memory $m)))
  (core module $agent
    (import "blobs" "make" (func $make (param i32 i32 i32)))
    (import "blobs" "construct" (func $construct (param i32 i32) (result i32)))
    (import "blobs" "content" (func $content (param i32 i32)))
    (import "blobs" "class" (func $class (param i32) (result i32)))
    (import "blobs" "text" (func $text (param i32 i32)))
    (import "blobs" "call" (func $call (param i32 i32) (result i32)))
    (import "memory" "memory" (memory 1))
    (func (export "run") (param i32) (result i32)
      (local $blob i32)
      (call $make (i32.const 0) (i32.const 3) (i32.const 64))
      (local.set $blob (i32.load (i32.const 68)))
      (if (i32.eq (local.get 0) (i32.const 0)) (then
        (return (call $construct (i32.const 0) (i32.const 3)))))
      (if (i32.eq (local.get 0) (i32.const 1)) (then
        (call $content (local.get $blob) (i32.const 64)) (return (i32.load (i32.const 68)))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (return (call $class (local.get $blob)))))
      (if (i32.eq (local.get 0) (i32.const 3)) (then
        (call $text (local.get $blob) (i32.const 64)) (return (i32.load (i32.const 68)))))
      (if (i32.eq (local.get 0) (i32.const 4)) (then
        (return (call $call (i32.const 0) (i32.const 3)))))
      (i32.const 98)))
  (core instance $agent (instantiate $agent
    (with "blobs" (instance
      (export "make" (func $make)) (export "construct" (func $construct))
      (export "content" (func $content)) (export "class" (func $class))
      (export "text" (func $text)) (export "call" (func $call))))
    (with "memory" (instance $memory))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $agent "run"))))
