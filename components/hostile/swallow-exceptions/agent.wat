;; Catches everything, also the error that should stop it, and continues.
(component
  (core module $m
    (tag $t)
    (func $spin (loop $for-ever (br $for-ever)))
    (func (export "run") (param i32) (result i32)
      (loop $again
        (block $caught
          (try_table (catch_all $caught) (call $spin) (throw $t)))
        (br $again))
      unreachable))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
