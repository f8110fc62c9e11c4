;; Calls one function of the host and returns its result. That function waits for ever, calls this agent again, or
;; kills it. If the result is 0, the guest then computes for ever.
(component
  (import "acme:host/env" (instance $env (export "now" (func (result u32)))))
  (core func $now (canon lower (func $env "now")))
  (core module $m
    (import "env" "now" (func $now (result i32)))
    (func (export "run") (param i32) (result i32)
      (local $answer i32)
      (block $done
        (br_if $done (local.tee $answer (call $now)))
        (loop $again
          (block $caught (try_table (catch_all $caught) (loop $for-ever (br $for-ever))))
          (br $again)))
      (local.get $answer)))
  (core instance $i (instantiate $m (with "env" (instance (export "now" (func $now))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
