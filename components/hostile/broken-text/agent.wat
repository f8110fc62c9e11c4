;; Returns a string that is not UTF-8.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\04\00\00\00")
    (data (i32.const 16) "\ff\fe\80\c0")
    (func (export "run") (param i32) (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result string)
    (canon lift (core func $i "run") (memory (core memory $i "memory")))))
