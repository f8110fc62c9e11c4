;; Hands exceptions from call to call instead of keeping them.
(component
  (core module $m
    (tag $t)
    (func $catch (result exnref)
      (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $t))
        unreachable))
    (func (export "run") (param i32) (result i32) (drop (call $catch)) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
