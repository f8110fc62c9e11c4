;; Keeps an exception from one request for the next.
(component
  (core module $m
    (tag $t)
    (global $kept (mut exnref) (ref.null exn))
    (func (export "run") (param $n i32) (result i32)
      (global.set $kept
        (block $caught (result exnref)
          (try_table (catch_all_ref $caught) (throw $t))
          unreachable))
      (local.get $n)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
