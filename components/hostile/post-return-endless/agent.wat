;; Answers, and never finishes cleaning up.
(component
  (core module $m
    (func (export "run") (param i32) (result i32) (local.get 0))
    (func (export "clean") (param i32) (loop $for-ever (br $for-ever))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32)
    (canon lift (core func $i "run") (post-return (core func $i "clean")))))
