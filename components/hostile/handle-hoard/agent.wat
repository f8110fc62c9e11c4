;; Opens handles for ever and never drops one.
(component
  (import "acme:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[constructor]file" (func (result (own $file))))))
  (core func $open (canon lower (func $files "[constructor]file")))
  (core module $m
    (import "files" "open" (func $open (result i32)))
    (func (export "run") (param i32) (result i32)
      (loop $more (drop (call $open)) (br $more))
      unreachable))
  (core instance $i (instantiate $m (with "files" (instance (export "open" (func $open))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
