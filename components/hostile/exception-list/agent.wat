;; Builds a list of exceptions: each holds the one before.
(component
  (core module $m
    (tag $link (param exnref i64))
    (func (export "run") (param $n i32) (result i32) (local $all exnref)
      (loop $more
        (local.set $all
          (block $caught (result exnref)
            (try_table (catch_all_ref $caught) (throw $link (local.get $all) (i64.const 1)))
            unreachable))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $n)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
