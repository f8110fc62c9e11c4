;; Grows by a hundred pages for every value it is handed.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (memory.grow (i32.const 100)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then unreachable))
      (i32.mul (local.get $at) (i32.const 65536)))
    (func (export "run") (param i32 i32) (result i32) (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "texts" (list string)) (result u32)
    (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
