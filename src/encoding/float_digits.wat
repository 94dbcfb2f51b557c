;; Numbers of 32 bits as JSON: the shortest decimals that read back.
;;
;; Schubfach, after Raffaele Giulietti, "The Schubfach way to render doubles" (2020): the interval of
;; reals that round to the number is scaled by a power of ten so that it holds at least one integer
;; and at most one multiple of ten, and whichever it holds is the answer's digits. Of two integers
;; the nearer is taken.
;;
;; At address 0 lie the powers of ten from 10^-31 to 10^45, each as 64 bits whose first is one, rounded
;; up: float_digits.ts writes them.
;;
;; Build: deno run -A tools/build_kernels.ts
(module
  (memory (export "memory") 1 1)

  ;; c * g / 2^64, where a result that is not whole becomes odd. Two bits below the integer are kept,
  ;; so that this tells less, equal and greater apart at halves and at quarters.
  (func $scale (param $g i64) (param $c i32) (result i32)
    (local $product i64)
    (local.set $product
      (i64.add
        (i64.mul
          (i64.shr_u (local.get $g) (i64.const 32))
          (i64.extend_i32_u (local.get $c)))
        (i64.shr_u
          (i64.mul
            (i64.and (local.get $g) (i64.const 0xffffffff))
            (i64.extend_i32_u (local.get $c)))
          (i64.const 32))))
    (i32.or
      (i32.wrap_i64 (i64.shr_u (local.get $product) (i64.const 32)))
      (i32.gt_u (i32.wrap_i64 (local.get $product)) (i32.const 1))))

  ;; Writes the float32 numbers from $from to before $end, at least one, as JSON, a comma after each.
  ;; A number takes at most 24 bytes, and up to 32 may be overwritten. Returns the end.
  (func (export "write") (param $from i32) (param $end i32) (param $to i32) (result i32)
    (local $bits i32) (local $exponent i32) (local $fraction i32)
    (local $closer i32) (local $c i32) (local $q i32) (local $k i32) (local $h i32) (local $g i64)
    (local $lower i32) (local $upper i32) (local $value i32)
    (local $digits i32) (local $whole i32) (local $down i32) (local $up i32)
    (local $head i32) (local $tail i64) (local $count i32)
    (loop $next
      (block $written
        (local.set $bits (i32.load (local.get $from)))
        (local.set $exponent (i32.and (i32.shr_u (local.get $bits) (i32.const 23)) (i32.const 255)))
        (local.set $fraction (i32.and (local.get $bits) (i32.const 0x7fffff)))

        (if (i32.eq (local.get $exponent) (i32.const 255))
          (then
            (i32.store (local.get $to) (i32.const 0x6c6c756e)) ;; null
            (local.set $to (i32.add (local.get $to) (i32.const 4)))
            (br $written)))

        (i32.store8 (local.get $to) (i32.const 0x2d)) ;; -
        (local.set $to (i32.add (local.get $to) (i32.shr_u (local.get $bits) (i32.const 31))))

        (if (i32.eqz (i32.or (local.get $exponent) (local.get $fraction)))
          (then
            (i32.store8 (local.get $to) (i32.const 0x30)) ;; 0
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (br $written)))

        ;; The number is c * 2^q. Below a power of two its neighbour is closer by half.
        (local.set $closer
          (i32.and (i32.eqz (local.get $fraction)) (i32.gt_u (local.get $exponent) (i32.const 1))))
        (if (local.get $exponent)
          (then
            (local.set $c (i32.or (local.get $fraction) (i32.const 0x800000)))
            (local.set $q (i32.sub (local.get $exponent) (i32.const 150))))
          (else
            (local.set $c (local.get $fraction))
            (local.set $q (i32.const -149))))

        ;; k = floor(log10(2^q)), or of 3/4 * 2^q; h = q + floor(log2(10^-k)) + 1.
        (local.set $k
          (i32.shr_s
            (i32.sub
              (i32.mul (local.get $q) (i32.const 1262611))
              (i32.mul (local.get $closer) (i32.const 524031)))
            (i32.const 22)))
        (local.set $h
          (i32.add
            (i32.add (local.get $q) (i32.const 1))
            (i32.shr_s (i32.mul (local.get $k) (i32.const -1741647)) (i32.const 19))))
        (local.set $g
          (i64.load (i32.shl (i32.sub (i32.const 31) (local.get $k)) (i32.const 3))))

        ;; Four times the number and the ends of its interval, over 10^k. The ends belong to it where
        ;; c is even.
        (local.set $lower
          (i32.add
            (call $scale (local.get $g)
              (i32.shl
                (i32.add
                  (i32.sub (i32.shl (local.get $c) (i32.const 2)) (i32.const 2))
                  (local.get $closer))
                (local.get $h)))
            (i32.and (local.get $c) (i32.const 1))))
        (local.set $upper
          (i32.sub
            (call $scale (local.get $g)
              (i32.shl
                (i32.add (i32.shl (local.get $c) (i32.const 2)) (i32.const 2))
                (local.get $h)))
            (i32.and (local.get $c) (i32.const 1))))
        (local.set $value
          (call $scale (local.get $g)
            (i32.shl (local.get $c) (i32.add (local.get $h) (i32.const 2)))))

        ;; A multiple of ten, if one is inside.
        (local.set $digits (i32.div_u (local.get $value) (i32.const 40)))
        (local.set $whole (i32.mul (local.get $digits) (i32.const 40)))
        (local.set $down (i32.le_u (local.get $lower) (local.get $whole)))
        (local.set $up
          (i32.le_u (i32.add (local.get $whole) (i32.const 40)) (local.get $upper)))
        ;; But for one number: a reader of 7.038531e-26 that makes a double of it first is just at the
        ;; end of 15ae43fd's interval then, and rounds to its neighbour.
        (if
          (i32.and
            (i32.ne (local.get $down) (local.get $up))
            (i32.ne
              (i32.and (local.get $bits) (i32.const 0x7fffffff))
              (i32.const 0x15ae43fd)))
          (then (local.set $k (i32.add (local.get $k) (i32.const 1))))
          (else
            (local.set $digits (i32.shr_u (local.get $value) (i32.const 2)))
            (local.set $whole (i32.shl (local.get $digits) (i32.const 2)))
            (local.set $down (i32.le_u (local.get $lower) (local.get $whole)))
            (local.set $up
              (i32.le_u (i32.add (local.get $whole) (i32.const 4)) (local.get $upper)))
            (if (i32.eq (local.get $down) (local.get $up))
              (then
                ;; Both or none: the nearer, of two as near the even one.
                (local.set $up
                  (i32.gt_u
                    (i32.add (local.get $value) (i32.and (local.get $digits) (i32.const 1)))
                    (i32.add (local.get $whole) (i32.const 2))))))))
        (local.set $digits (i32.add (local.get $digits) (local.get $up)))

        ;; Nine digits, the first of them not zero; k becomes its exponent.
        (local.set $k (i32.add (local.get $k) (i32.const 8)))
        (block $full
          (loop $longer
            (br_if $full (i32.ge_u (local.get $digits) (i32.const 100000000)))
            (local.set $digits (i32.mul (local.get $digits) (i32.const 10)))
            (local.set $k (i32.sub (local.get $k) (i32.const 1)))
            (br $longer)))

        ;; The first in $head, the others in the bytes of $tail: split in halves three times over.
        (local.set $head (i32.div_u (local.get $digits) (i32.const 100000000)))
        (local.set $digits
          (i32.sub (local.get $digits) (i32.mul (local.get $head) (i32.const 100000000))))
        (local.set $whole (i32.div_u (local.get $digits) (i32.const 10000)))
        (local.set $tail
          (i64.or
            (i64.extend_i32_u (local.get $whole))
            (i64.shl
              (i64.extend_i32_u
                (i32.sub (local.get $digits) (i32.mul (local.get $whole) (i32.const 10000))))
              (i64.const 32))))
        (local.set $g
          (i64.and
            (i64.shr_u (i64.mul (local.get $tail) (i64.const 10486)) (i64.const 20))
            (i64.const 0x0000007f0000007f)))
        (local.set $tail
          (i64.or
            (local.get $g)
            (i64.shl
              (i64.sub (local.get $tail) (i64.mul (local.get $g) (i64.const 100)))
              (i64.const 16))))
        (local.set $g
          (i64.and
            (i64.shr_u (i64.mul (local.get $tail) (i64.const 103)) (i64.const 10))
            (i64.const 0x000f000f000f000f)))
        (local.set $tail
          (i64.or
            (local.get $g)
            (i64.shl
              (i64.sub (local.get $tail) (i64.mul (local.get $g) (i64.const 10)))
              (i64.const 8))))
        ;; Digits without the zeros at the end.
        (local.set $count
          (i32.sub
            (i32.const 9)
            (i32.wrap_i64 (i64.shr_u (i64.clz (local.get $tail)) (i64.const 3)))))
        (local.set $head (i32.or (local.get $head) (i32.const 0x30)))
        (local.set $tail (i64.or (local.get $tail) (i64.const 0x3030303030303030)))

        ;; 0.00ddd
        (if (i32.lt_u (i32.add (local.get $k) (i32.const 6)) (i32.const 6))
          (then
            (i64.store (local.get $to) (i64.const 0x3030303030302e30))
            (local.set $to (i32.sub (i32.add (local.get $to) (i32.const 1)) (local.get $k)))
            (i32.store8 (local.get $to) (local.get $head))
            (i64.store offset=1 (local.get $to) (local.get $tail))
            (local.set $to (i32.add (local.get $to) (local.get $count)))
            (br $written)))

        (i32.store8 (local.get $to) (local.get $head))
        (if (i32.lt_u (local.get $k) (i32.const 21))
          (then
            (i64.store offset=1 (local.get $to) (local.get $tail))
            (local.set $k (i32.add (local.get $k) (i32.const 1)))
            (if (i32.le_u (local.get $count) (local.get $k))
              (then
                ;; ddd00
                (i64.store offset=9 (local.get $to) (i64.const 0x3030303030303030))
                (i64.store offset=17 (local.get $to) (i64.const 0x3030303030303030))
                (local.set $to (i32.add (local.get $to) (local.get $k))))
              (else
                ;; d.dd
                (i32.store8 (i32.add (local.get $to) (local.get $k)) (i32.const 0x2e))
                (i64.store offset=1
                  (i32.add (local.get $to) (local.get $k))
                  (i64.shr_u
                    (local.get $tail)
                    (i64.extend_i32_u
                      (i32.shl (i32.sub (local.get $k) (i32.const 1)) (i32.const 3)))))
                (local.set $to
                  (i32.add (i32.add (local.get $to) (local.get $count)) (i32.const 1)))))
            (br $written)))

        ;; d.dde-10
        (i32.store8 offset=1 (local.get $to) (i32.const 0x2e))
        (i64.store offset=2 (local.get $to) (local.get $tail))
        (local.set $to
          (i32.add
            (i32.add (local.get $to) (local.get $count))
            (i32.ne (local.get $count) (i32.const 1))))
        (if (i32.lt_s (local.get $k) (i32.const 0))
          (then
            (i32.store16 (local.get $to) (i32.const 0x2d65)) ;; e-
            (local.set $k (i32.sub (i32.const 0) (local.get $k))))
          (else (i32.store16 (local.get $to) (i32.const 0x2b65)))) ;; e+
        (local.set $to (i32.add (local.get $to) (i32.const 2)))
        (local.set $whole (i32.div_u (local.get $k) (i32.const 10)))
        (i32.store8 (local.get $to) (i32.or (local.get $whole) (i32.const 0x30)))
        (local.set $to (i32.add (local.get $to) (i32.ne (local.get $whole) (i32.const 0))))
        (i32.store8
          (local.get $to)
          (i32.or
            (i32.sub (local.get $k) (i32.mul (local.get $whole) (i32.const 10)))
            (i32.const 0x30)))
        (local.set $to (i32.add (local.get $to) (i32.const 1))))

      (i32.store8 (local.get $to) (i32.const 0x2c)) ;; ,
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))
    (local.get $to)))
