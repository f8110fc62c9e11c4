;; An allocator that returns the same block again and again, so that its arguments overwrite each other. That harms
;; only this guest. It returns the first string it finds, with its present content.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "run") (param i32 i32) (result i32) (i32.load8_u (i32.const 64))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "texts" (list string)) (result u32)
    (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
