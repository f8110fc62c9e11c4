;; Throws and catches, as a program in C++ does that does not know better. Does no harm.
(component
  (core module $m
    (tag $t (param i32))
    (func $fail (param i32) (throw $t (local.get 0)))
    (func $run (export "run") (param $n i32) (result i32)
      (local $caught i32) (local $held exnref)
      (loop $more
        (block $done
          ;; A clean-up on the way, as for an object that is destroyed: caught, and thrown on.
          (local.set $caught (i32.add (local.get $caught)
            (block $handler (result i32)
              (try_table (catch $t $handler)
                (local.set $held
                  (block $clean-up (result exnref)
                    (try_table (catch_all_ref $clean-up) (call $fail (i32.const 1)))
                    (br $done)))
                (throw_ref (local.get $held)))
              (br $done)))))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $caught)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
