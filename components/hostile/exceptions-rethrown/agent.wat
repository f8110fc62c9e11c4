;; Holds exceptions that it has caught in the older way while it calls itself, as deeply as its argument says.
(component
  (core module $m
    (tag $t (param i64))
    (func $hold (export "run") (param $n i32) (result i32)
      try (result i32)
        i64.const 1
        throw $t
      catch $t
        drop
        local.get $n
        if (result i32)
          local.get $n
          i32.const 1
          i32.sub
          call $hold
        else
          i32.const 7
        end
      end))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
