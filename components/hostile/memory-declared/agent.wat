;; Declares more memory than any limit allows.
(component
  (core module $m
    (memory (export "memory") 60000)
    (func (export "run") (param i32) (result i32) (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
