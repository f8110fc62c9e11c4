;; An asynchronous export that yields again and again: each of its calls is too short to cost anything.
(component
  (core module $m
    (func (export "run") (param i32) (result i32) (i32.const 1))
    (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $i "run") async (callback (core func $i "callback")))))
