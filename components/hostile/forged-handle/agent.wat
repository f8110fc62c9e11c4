;; Uses a handle that it was never given: the number `n`.
(component
  (import "acme:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[constructor]file" (func (result (own $file))))
    (export "[method]file.read" (func (param "self" (borrow $file)) (result u32)))))
  (core func $open (canon lower (func $files "[constructor]file")))
  (core func $read (canon lower (func $files "[method]file.read")))
  (core module $m
    (import "files" "open" (func $open (result i32)))
    (import "files" "read" (func $read (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (drop (call $open))
      (call $read (local.get 0))))
  (core instance $i (instantiate $m
    (with "files" (instance (export "open" (func $open)) (export "read" (func $read))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
