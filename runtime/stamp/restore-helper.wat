;; Moves pages between a guest's memory and the page store, and finds how they differ. `restore-helper.ts` holds this
;; module in binary.
;;
;; A table is an array of page numbers in the store, one for each page of the image. A memory may have grown
;; beyond its image: the pages there are to be zero. Every function returns -1 and does nothing when the
;; memory is smaller than the image.
;;
;; Page numbers in the comments are those of 4 KiB pages. A mark is a byte of the map, 0 or 1, and covers a block of 512 bytes
;; and 256 bytes after it: the marks of a page are 64 bits.
(module
  (import "m" "a" (memory $mem 0))
  (import "m" "b" (memory $map 0))
  (import "m" "c" (memory $store 0))
  ;; The number of a page in a table of `pages` pages.
  (func $number (param $page i32) (param $table i32) (param $pages i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $page) (local.get $pages))
      (then (i32.load $store (i32.add (local.get $table) (i32.shl (local.get $page) (i32.const 2)))))
      (else (i32.const 0))))
  ;; The marks of a page.
  (func $marks (param $page i32) (result i64)
    (i64.load $map (i32.shl (local.get $page) (i32.const 3))))
  ;; Copies a multiple of 256 bytes. A loop, because a call of memory.copy takes longer than so few bytes.
  (func $move (param $to i32) (param $from i32) (param $bytes i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (local.get $bytes)))
    (loop $next
      (v128.store $mem (local.get $to) (v128.load $store (local.get $from)))
      (v128.store $mem offset=16 (local.get $to) (v128.load $store offset=16 (local.get $from)))
      (v128.store $mem offset=32 (local.get $to) (v128.load $store offset=32 (local.get $from)))
      (v128.store $mem offset=48 (local.get $to) (v128.load $store offset=48 (local.get $from)))
      (v128.store $mem offset=64 (local.get $to) (v128.load $store offset=64 (local.get $from)))
      (v128.store $mem offset=80 (local.get $to) (v128.load $store offset=80 (local.get $from)))
      (v128.store $mem offset=96 (local.get $to) (v128.load $store offset=96 (local.get $from)))
      (v128.store $mem offset=112 (local.get $to) (v128.load $store offset=112 (local.get $from)))
      (v128.store $mem offset=128 (local.get $to) (v128.load $store offset=128 (local.get $from)))
      (v128.store $mem offset=144 (local.get $to) (v128.load $store offset=144 (local.get $from)))
      (v128.store $mem offset=160 (local.get $to) (v128.load $store offset=160 (local.get $from)))
      (v128.store $mem offset=176 (local.get $to) (v128.load $store offset=176 (local.get $from)))
      (v128.store $mem offset=192 (local.get $to) (v128.load $store offset=192 (local.get $from)))
      (v128.store $mem offset=208 (local.get $to) (v128.load $store offset=208 (local.get $from)))
      (v128.store $mem offset=224 (local.get $to) (v128.load $store offset=224 (local.get $from)))
      (v128.store $mem offset=240 (local.get $to) (v128.load $store offset=240 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 256)))
      (br_if $next (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 256))) (local.get $end)))))
  ;; Copies the marked blocks of a page, neighbours at once, and 256 bytes after each. Clears the marks.
  (func $blocks (param $page i32) (param $table i32) (param $pages i32) (param $marks i64)
    (local $to i32) (local $from i32) (local $first i32) (local $after i32)
    (i64.store $map (i32.shl (local.get $page) (i32.const 3)) (i64.const 0))
    (local.set $to (i32.shl (local.get $page) (i32.const 12)))
    (local.set $from (i32.shl (call $number (local.get $page) (local.get $table) (local.get $pages)) (i32.const 12)))
    (loop $next
      ;; In bits of the marks, of which each is 64 bytes: the first block, and the first after it without a mark.
      (local.set $first (i32.wrap_i64 (i64.ctz (local.get $marks))))
      (local.set $after (i32.add (local.get $first) (i32.wrap_i64 (i64.ctz
        (i64.xor (i64.const 0x0101010101010101)
          (i64.and (i64.const 0x0101010101010101) (i64.shr_u (local.get $marks) (i64.extend_i32_u (local.get $first)))))))))
      (call $move
        (i32.add (local.get $to) (i32.shl (local.get $first) (i32.const 6)))
        (i32.add (local.get $from) (i32.shl (local.get $first) (i32.const 6)))
        (i32.add
          (i32.shl (i32.sub (local.get $after) (local.get $first)) (i32.const 6))
          (select (i32.const 256) (i32.const 0) (i32.lt_u (local.get $after) (i32.const 64)))))
      (if (i32.ge_u (local.get $after) (i32.const 64))
        (then (return (call $slack (local.get $page) (local.get $table) (local.get $pages)))))
      (local.set $marks (i64.and (local.get $marks) (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $after)))))
      (br_if $next (i64.ne (local.get $marks) (i64.const 0)))))
  ;; The 256 bytes after a page, unless the block is marked itself.
  (func $slack (param $page i32) (param $table i32) (param $pages i32)
    (if (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 1))) (i32.shl (memory.size $mem) (i32.const 4)))
      (then (if (i32.eqz (i32.load8_u $map (i32.shl (local.get $page) (i32.const 3))))
        (then (call $move
          (i32.shl (local.get $page) (i32.const 12))
          (i32.shl (call $number (local.get $page) (local.get $table) (local.get $pages)) (i32.const 12))
          (i32.const 256)))))))
  ;; Copies back the blocks that are marked, and clears the marks. Returns how many pages have some.
  (func (export "restore") (param $table i32) (param $pages i32) (result i32)
    (local $page i32) (local $count i32) (local $end i32) (local $marks i64)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $end)))
      ;; Most pages have none, and the pages of a memory are a multiple of four.
      (if (i32.eqz (i32.or
            (i32.and (local.get $page) (i32.const 3))
            (v128.any_true (v128.or
              (v128.load $map (i32.shl (local.get $page) (i32.const 3)))
              (v128.load $map offset=16 (i32.shl (local.get $page) (i32.const 3)))))))
        (then (local.set $page (i32.add (local.get $page) (i32.const 4))) (br $next)))
      (if (i64.ne (local.tee $marks (call $marks (local.get $page))) (i64.const 0))
        (then
          (call $blocks (local.get $page) (local.get $table) (local.get $pages) (local.get $marks))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br $next)))
    (local.get $count))
  ;; Copies the pages that differ between two images (the first has `before` pages) and the blocks that are marked, and
  ;; clears the marks. Returns how many pages it copied, or parts of them.
  (func (export "switch") (param $from i32) (param $before i32) (param $to i32) (param $pages i32) (result i32)
    (local $page i32) (local $count i32) (local $marks i64) (local $end i32) (local $number i32)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $end)))
      (local.set $marks (call $marks (local.get $page)))
      (local.set $number (call $number (local.get $page) (local.get $to) (local.get $pages)))
      (if (i32.ne (call $number (local.get $page) (local.get $from) (local.get $before)) (local.get $number))
        (then
          (memory.copy $mem $store
            (i32.shl (local.get $page) (i32.const 12)) (i32.shl (local.get $number) (i32.const 12)) (i32.const 4096))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          ;; Only what it covers of the next page is left of its marks.
          (i64.store $map (i32.shl (local.get $page) (i32.const 3)) (i64.const 0))
          (if (i64.ne (i64.shr_u (local.get $marks) (i64.const 56)) (i64.const 0))
            (then (call $slack (local.get $page) (local.get $to) (local.get $pages)))))
        (else (if (i64.ne (local.get $marks) (i64.const 0))
          (then
            (call $blocks (local.get $page) (local.get $to) (local.get $pages) (local.get $marks))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br $next)))
    (local.get $count))
  ;; Copies all pages, neighbours in the store at once, and clears the marks.
 (func (export "copy") (param $table i32) (param $pages i32) (result i32)
    (local $page i32) (local $first i32) (local $run i32) (local $end i32)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $pages)))
      (local.set $first (i32.load $store (i32.add (local.get $table) (i32.shl (local.get $page) (i32.const 2)))))
      (local.set $run (i32.const 0))
      (loop $more
        (local.set $run (i32.add (local.get $run) (i32.const 1)))
        (if (i32.lt_u (i32.add (local.get $page) (local.get $run)) (local.get $pages))
          (then (br_if $more (i32.eq
            (i32.load $store (i32.add (local.get $table) (i32.shl (i32.add (local.get $page) (local.get $run)) (i32.const 2))))
            (select (i32.add (local.get $first) (local.get $run)) (i32.const 0) (local.get $first)))))))
      (if (local.get $first)
        (then (memory.copy $mem $store (i32.shl (local.get $page) (i32.const 12)) (i32.shl (local.get $first) (i32.const 12)) (i32.shl (local.get $run) (i32.const 12))))
        (else (memory.fill $mem (i32.shl (local.get $page) (i32.const 12)) (i32.const 0) (i32.shl (local.get $run) (i32.const 12)))))
      (local.set $page (i32.add (local.get $page) (local.get $run)))
      (br $next)))
    (memory.fill $mem (i32.shl (local.get $pages) (i32.const 12)) (i32.const 0)
      (i32.shl (i32.sub (local.get $end) (local.get $pages)) (i32.const 12)))
    (memory.fill $map (i32.const 0) (i32.const 0) (i32.shl (local.get $end) (i32.const 3)))
    (local.get $end))
  ;; Writes what the pages from $page up to $end have that those of the image have not, as far as it fits into the store
  ;; from $out up to $stop: at $out how many bytes there are, then from $out + 16 stretches of 16 bytes and more, each
  ;; after its address and its length. A stretch does not leave its page. Pages count that are marked, or with $all
  ;; every page. Returns the page to go on with.
  (func (export "difference") (param $table i32) (param $pages i32) (param $page i32) (param $end i32) (param $all i32) (param $out i32) (param $stop i32) (result i32)
    (local $o i32) (local $bytes i32) (local $at i32) (local $other i32) (local $head i32) (local $here v128)
    (local.set $o (i32.add (local.get $out) (i32.const 16)))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $end)))
      (local.set $bytes (call $touched (local.get $page) (local.get $all)))
      (if (local.get $bytes)
        (then
          ;; The most that a page takes: a stretch of all of it.
          (br_if $done (i32.gt_u (i32.add (local.get $o) (i32.const 4104)) (local.get $stop)))
          (local.set $at (i32.shl (local.get $page) (i32.const 12)))
          (local.set $bytes (i32.add (local.get $at) (local.get $bytes)))
          (local.set $other (i32.sub
            (i32.shl (call $number (local.get $page) (local.get $table) (local.get $pages)) (i32.const 12))
            (local.get $at)))
          (local.set $head (i32.const 0))
          (loop $vectors
            (if (v128.any_true (v128.xor
                  (local.tee $here (v128.load $mem align=1 (local.get $at)))
                  (v128.load $store align=1 (i32.add (local.get $at) (local.get $other)))))
              (then
                (if (i32.eqz (local.get $head))
                  (then
                    (local.set $head (local.get $o))
                    (i32.store $store (local.get $o) (local.get $at))
                    (local.set $o (i32.add (local.get $o) (i32.const 8)))))
                (v128.store $store align=1 (local.get $o) (local.get $here))
                (local.set $o (i32.add (local.get $o) (i32.const 16)))
                (i32.store $store offset=4 (local.get $head)
                  (i32.sub (i32.sub (local.get $o) (local.get $head)) (i32.const 8))))
              (else (local.set $head (i32.const 0))))
            (br_if $vectors (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $bytes))))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br $next)))
    (i32.store $store (local.get $out) (i32.sub (i32.sub (local.get $o) (local.get $out)) (i32.const 16)))
    (local.get $page))
  ;; How many bytes of a page may have been written, from its first on.
  (func $touched (param $page i32) (param $all i32) (result i32)
    (if (i32.or (local.get $all) (i64.ne (call $marks (local.get $page)) (i64.const 0))) (then (return (i32.const 4096))))
    ;; The mark before those of the page.
    (if (local.get $page)
      (then (if (i32.load8_u $map (i32.sub (i32.shl (local.get $page) (i32.const 3)) (i32.const 1))) (then (return (i32.const 256))))))
    (i32.const 0))
  ;; Writes the stretches that lie in the store from $from up to $end, and with $mark marks all blocks they touch.
  (func (export "apply") (param $from i32) (param $end i32) (param $mark i32)
    (local $at i32) (local $bytes i32) (local $block i32)
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $at (i32.load $store (local.get $from)))
      (local.set $bytes (i32.load $store offset=4 (local.get $from)))
      (memory.copy $mem $store (local.get $at) (i32.add (local.get $from) (i32.const 8)) (local.get $bytes))
      (if (i32.and (local.get $mark) (i32.ne (local.get $bytes) (i32.const 0)))
        (then
          (local.set $block (i32.shr_u (local.get $at) (i32.const 9)))
          (memory.fill $map (local.get $block) (i32.const 1)
            (i32.sub
              (i32.add (i32.shr_u (i32.sub (i32.add (local.get $at) (local.get $bytes)) (i32.const 1)) (i32.const 9)) (i32.const 1))
              (local.get $block)))))
      (local.set $from (i32.add (local.get $from) (i32.add (local.get $bytes) (i32.const 8))))
      (br $next))))
  ;; A hash of page $page of the store, with the secret numbers of page $key and the next: sums of products of pairs (NH of UMAC),
  ;; of which a number that is odd takes the upper bits. Who does not know the numbers finds no pages that collide.
  (func (export "hash") (param $page i32) (param $key i32) (result i32)
    (local $end i32) (local $to i32) (local $left v128) (local $right v128) (local $low v128) (local $high v128)
    (local.set $page (i32.shl (local.get $page) (i32.const 12)))
    (local.set $key (i32.shl (local.get $key) (i32.const 12)))
    (local.set $to (i32.sub (local.get $key) (local.get $page)))
    (local.set $end (i32.add (local.get $page) (i32.const 4096)))
    (loop $next
      (local.set $left (i32x4.add
        (v128.load $store (local.get $page)) (v128.load $store (i32.add (local.get $page) (local.get $to)))))
      (local.set $right (i32x4.add
        (v128.load $store offset=16 (local.get $page)) (v128.load $store offset=16 (i32.add (local.get $page) (local.get $to)))))
      (local.set $low (i64x2.add (local.get $low) (i64x2.extmul_low_i32x4_u (local.get $left) (local.get $right))))
      (local.set $high (i64x2.add (local.get $high) (i64x2.extmul_high_i32x4_u (local.get $left) (local.get $right))))
      (br_if $next (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 32))) (local.get $end))))
    (local.set $low (i64x2.add (local.get $low) (local.get $high)))
    (i32.wrap_i64 (i64.shr_u
      (i64.mul
        (i64.add (i64x2.extract_lane 0 (local.get $low)) (i64x2.extract_lane 1 (local.get $low)))
        (i64.or (i64.load $store offset=4096 (local.get $key)) (i64.const 1)))
      (i64.const 32))))
  ;; Whether two pages of the store are equal.
  (func (export "equal") (param $page i32) (param $other i32) (result i32)
    (local $end i32) (local $to i32)
    (local.set $page (i32.shl (local.get $page) (i32.const 12)))
    (local.set $to (i32.sub (i32.shl (local.get $other) (i32.const 12)) (local.get $page)))
    (local.set $end (i32.add (local.get $page) (i32.const 4096)))
    (loop $next
      (if (v128.any_true (v128.xor
            (v128.load $store (local.get $page)) (v128.load $store (i32.add (local.get $page) (local.get $to)))))
        (then (return (i32.const 0))))
      (br_if $next (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 16))) (local.get $end))))
    (i32.const 1))
)
