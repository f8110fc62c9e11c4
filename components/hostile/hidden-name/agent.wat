;; Uses a name that only the rewriter may give.
(component
  (core module $m
    (func (export "[mayfly]x"))
    (func (export "run") (param i32) (result i32) (loop $for-ever (br $for-ever)) unreachable))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
