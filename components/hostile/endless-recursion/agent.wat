;; Calls itself until the stack of the host is used up.
(component
  (core module $m
    (func $run (export "run") (param i32) (result i32)
      (i32.add (call $run (i32.add (local.get 0) (i32.const 1))) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
