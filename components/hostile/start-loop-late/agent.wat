;; A start function of the component itself, which the linker calls, not WebAssembly.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "start") (loop $for-ever (br $for-ever)))
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $start (canon lift (core func $i "start")))
  (start $start)
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
