;; Drops a handle twice when `n` is 0, and uses it after it was dropped when `n` is 1.
(component
  (import "acme:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[constructor]file" (func (result (own $file))))
    (export "[method]file.read" (func (param "self" (borrow $file)) (result u32)))))
  (alias export $files "file" (type $file))
  (core func $open (canon lower (func $files "[constructor]file")))
  (core func $read (canon lower (func $files "[method]file.read")))
  (core func $drop (canon resource.drop $file))
  (core module $m
    (import "files" "open" (func $open (result i32)))
    (import "files" "read" (func $read (param i32) (result i32)))
    (import "files" "drop" (func $drop (param i32)))
    (func (export "run") (param i32) (result i32)
      (local $file i32)
      (local.set $file (call $open))
      (call $drop (local.get $file))
      (if (local.get 0) (then (return (call $read (local.get $file)))))
      (call $drop (local.get $file))
      (i32.const 0)))
  (core instance $i (instantiate $m
    (with "files" (instance
      (export "open" (func $open)) (export "read" (func $read)) (export "drop" (func $drop))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
