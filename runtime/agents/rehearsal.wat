;; Answers every request with its own body, as text.
(component
  (core module $m
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 1024))
    ;; The answer: status, headers, body.
    (data (i32.const 0) "\c8\00\00\00\20\00\00\00\01\00\00\00")
    ;; One header.
    (data (i32.const 32) "\40\00\00\00\0c\00\00\00\60\00\00\00\0a\00\00\00")
    (data (i32.const 64) "content-type")
    (data (i32.const 96) "text/plain")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local.tee 0 (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get 0) (local.get 3))))
    (func (export "handle") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 12) (local.get 6))
      (i32.store (i32.const 16) (local.get 7))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (type $header (tuple string string))
  (type $request (record
    (field "method" string) (field "url" string) (field "headers" (list $header)) (field "body" (list u8))))
  (type $response (record
    (field "status" u16) (field "headers" (list $header)) (field "body" (list u8))))
  (component $shell
    (type $header (tuple string string))
    (type $request (record
      (field "method" string) (field "url" string) (field "headers" (list $header)) (field "body" (list u8))))
    (type $response (record
      (field "status" u16) (field "headers" (list $header)) (field "body" (list u8))))
    (import "request" (type $in (eq $request)))
    (import "response" (type $out (eq $response)))
    (import "handle" (func $handle (param "request" $in) (result $out)))
    (export $a "request" (type $in))
    (export $b "response" (type $out))
    (export "handle" (func $handle) (func (param "request" $a) (result $b))))
  (func $handle (param "request" $request) (result $response)
    (canon lift (core func $i "handle") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $handler (instantiate $shell
    (with "request" (type $request)) (with "response" (type $response)) (with "handle" (func $handle))))
  (export "mayfly:agent/handler@0.1.0" (instance $handler)))
