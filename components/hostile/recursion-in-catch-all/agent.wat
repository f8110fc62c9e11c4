;; Uses up the stack again and again, and tries to survive each overflow.
(component
  (core module $m
    (func $dive (param i32) (result i32)
      (i32.add (call $dive (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "run") (param i32) (result i32)
      (loop $again
        (block $caught
          (try_table (catch_all $caught) (drop (call $dive (i32.const 0)))))
        (br $again))
      unreachable))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
