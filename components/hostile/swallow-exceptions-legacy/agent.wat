;; As swallow-exceptions, in the instructions that browsers had first.
(component
  (core module $m
    (tag $t)
    (func $spin (loop $for-ever (br $for-ever)))
    (func (export "run") (param i32) (result i32)
      (loop $again
        try
          call $spin
          throw $t
        catch_all
        end
        br $again)
      unreachable))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
