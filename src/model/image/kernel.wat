;; The two passes of the bicubic resampler, with 128-bit SIMD.
;;
;; A coefficient has 22 fraction bits and does not fit the 16-bit lanes of dot_i16x8_s, so each is
;; split as k = hi * 2^14 + lo with 0 <= lo < 2^14, and a sum is (sum of hi) * 2^14 + (sum of lo).
;; That is exact: all of it is arithmetic modulo 2^32, and the final sum fits 31 bits.
;;
;; Coefficients of one output, four-byte units: [lo0 lo1][hi0 hi1][lo2 lo3][hi2 hi3]... as 16-bit
;; lanes, padded with zeros. `bounds` holds two i32 for each output: the byte offset of the first
;; tap, and how often the inner loop runs (at least once): it takes four taps in `horizontal`, eight
;; in `horizontalGray`, two in `vertical`.
;;
;; Build: deno run -A tools/build_kernels.ts
(module
  (memory (export "memory") 4 32768)

  ;; Rounds, shifts and clips four sums to bytes; the result's lowest four bytes hold them.
  (func $finish (param $lo v128) (param $hi v128) (result v128)
    (local $sum v128)
    (local.set $sum
      (i32x4.shr_s
        (i32x4.add
          (i32x4.add (i32x4.shl (local.get $hi) (i32.const 14)) (local.get $lo))
          (v128.const i32x4 2097152 2097152 2097152 2097152))
        (i32.const 22)))
    (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
    (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))

  ;; Horizontal pass over interleaved pixels of three or four bytes, four rows at a time.
  ;; The masks gather two neighbouring pixels each as 16-bit pairs of like channels; their unused
  ;; lanes have the top bit set, for which relaxed_swizzle gives zero on every machine.
  ;; Each output writes four bytes: with three channels the fourth is overwritten by the next
  ;; output, so a row of dst needs at least one byte of padding.
  (func (export "horizontal") (param $src i32) (param $srcStride i32)
    (param $dst i32) (param $dstStride i32) (param $rows i32)
    (param $bounds i32) (param $weights i32) (param $weightStride i32)
    (param $outputs i32) (param $channels i32)
    (local $mask01 v128) (local $mask23 v128) (local $k v128)
    (local $l0 v128) (local $h0 v128) (local $l1 v128) (local $h1 v128)
    (local $l2 v128) (local $h2 v128) (local $l3 v128) (local $h3 v128)
    (local $lo v128) (local $hi v128)
    (local $at i32) (local $p1 i32) (local $p2 i32) (local $p3 i32)
    (local $quads i32) (local $w i32) (local $b i32) (local $row i32)
    (local $x i32) (local $to i32) (local $step i32)
    (local.set $mask01
      (select
        (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1)
        (v128.const i8x16 0 -1 4 -1 1 -1 5 -1 2 -1 6 -1 3 -1 7 -1)
        (i32.eq (local.get $channels) (i32.const 3))))
    (local.set $mask23
      (select
        (v128.const i8x16 6 -1 9 -1 7 -1 10 -1 8 -1 11 -1 -1 -1 -1 -1)
        (v128.const i8x16 8 -1 12 -1 9 -1 13 -1 10 -1 14 -1 11 -1 15 -1)
        (i32.eq (local.get $channels) (i32.const 3))))
    (local.set $step (i32.shl (local.get $channels) (i32.const 2)))
    (block $done
      (loop $next_rows
        (br_if $done (i32.ge_s (local.get $row) (local.get $rows)))
        (local.set $x (i32.const 0))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $b (local.get $bounds))
        (local.set $to (local.get $dst))
        (loop $next_output
          (local.set $at (i32.add (local.get $src) (i32.load (local.get $b))))
          (local.set $p1 (i32.add (local.get $at) (local.get $srcStride)))
          (local.set $p2 (i32.add (local.get $p1) (local.get $srcStride)))
          (local.set $p3 (i32.add (local.get $p2) (local.get $srcStride)))
          (local.set $quads (i32.load offset=4 (local.get $b)))
          (local.set $w
            (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $weightStride))))
          (local.set $l0 (v128.const i64x2 0 0))
          (local.set $h0 (v128.const i64x2 0 0))
          (local.set $l1 (v128.const i64x2 0 0))
          (local.set $h1 (v128.const i64x2 0 0))
          (local.set $l2 (v128.const i64x2 0 0))
          (local.set $h2 (v128.const i64x2 0 0))
          (local.set $l3 (v128.const i64x2 0 0))
          (local.set $h3 (v128.const i64x2 0 0))
          (loop $next_quad
            (local.set $lo (v128.load32_splat (local.get $w)))
            (local.set $hi (v128.load32_splat offset=4 (local.get $w)))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $at)) (local.get $mask01)))
            (local.set $l0
              (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h0
              (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p1)) (local.get $mask01)))
            (local.set $l1
              (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h1
              (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p2)) (local.get $mask01)))
            (local.set $l2
              (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h2
              (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p3)) (local.get $mask01)))
            (local.set $l3
              (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h3
              (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $lo (v128.load32_splat offset=8 (local.get $w)))
            (local.set $hi (v128.load32_splat offset=12 (local.get $w)))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $at)) (local.get $mask23)))
            (local.set $l0
              (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h0
              (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p1)) (local.get $mask23)))
            (local.set $l1
              (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h1
              (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p2)) (local.get $mask23)))
            (local.set $l2
              (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h2
              (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $k
              (i8x16.relaxed_swizzle (v128.load (local.get $p3)) (local.get $mask23)))
            (local.set $l3
              (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $k) (local.get $lo))))
            (local.set $h3
              (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $k) (local.get $hi))))
            (local.set $at (i32.add (local.get $at) (local.get $step)))
            (local.set $p1 (i32.add (local.get $p1) (local.get $step)))
            (local.set $p2 (i32.add (local.get $p2) (local.get $step)))
            (local.set $p3 (i32.add (local.get $p3) (local.get $step)))
            (local.set $w (i32.add (local.get $w) (i32.const 16)))
            (local.set $quads (i32.sub (local.get $quads) (i32.const 1)))
            (br_if $next_quad (local.get $quads)))
          (local.set $at (local.get $to))
          (v128.store32_lane 0 (local.get $at) (call $finish (local.get $l0) (local.get $h0)))
          (local.set $at (i32.add (local.get $at) (local.get $dstStride)))
          (v128.store32_lane 0 (local.get $at) (call $finish (local.get $l1) (local.get $h1)))
          (local.set $at (i32.add (local.get $at) (local.get $dstStride)))
          (v128.store32_lane 0 (local.get $at) (call $finish (local.get $l2) (local.get $h2)))
          (local.set $at (i32.add (local.get $at) (local.get $dstStride)))
          (v128.store32_lane 0 (local.get $at) (call $finish (local.get $l3) (local.get $h3)))
          (local.set $to (i32.add (local.get $to) (local.get $channels)))
          (local.set $b (i32.add (local.get $b) (i32.const 8)))
          (local.set $x (i32.add (local.get $x) (i32.const 1)))
          (br_if $next_output (i32.lt_s (local.get $x) (local.get $outputs))))
        (local.set $src
          (i32.add (local.get $src) (i32.shl (local.get $srcStride) (i32.const 2))))
        (local.set $dst
          (i32.add (local.get $dst) (i32.shl (local.get $dstStride) (i32.const 2))))
        (br $next_rows))))

  ;; Horizontal pass over one byte a pixel, eight taps at a time. Coefficients of one output:
  ;; eight lo, eight hi, ... padded with zeros.
  (func (export "horizontalGray") (param $src i32) (param $srcStride i32)
    (param $dst i32) (param $dstStride i32) (param $rows i32)
    (param $bounds i32) (param $weights i32) (param $weightStride i32)
    (param $outputs i32)
    (local $l v128) (local $h v128) (local $pixels v128)
    (local $at i32) (local $groups i32) (local $w i32) (local $b i32) (local $x i32)
    (block $done
      (loop $next_row
        (br_if $done (i32.le_s (local.get $rows) (i32.const 0)))
        (local.set $x (i32.const 0))
        (local.set $b (local.get $bounds))
        (loop $next_output
          (local.set $at (i32.add (local.get $src) (i32.load (local.get $b))))
          (local.set $groups (i32.load offset=4 (local.get $b)))
          (local.set $w
            (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $weightStride))))
          (local.set $l (v128.const i64x2 0 0))
          (local.set $h (v128.const i64x2 0 0))
          (loop $next_group
            (local.set $pixels (v128.load8x8_u (local.get $at)))
            (local.set $l
              (i32x4.add (local.get $l)
                (i32x4.dot_i16x8_s (local.get $pixels) (v128.load (local.get $w)))))
            (local.set $h
              (i32x4.add (local.get $h)
                (i32x4.dot_i16x8_s (local.get $pixels) (v128.load offset=16 (local.get $w)))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $w (i32.add (local.get $w) (i32.const 32)))
            (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
            (br_if $next_group (local.get $groups)))
          (local.set $l
            (i32x4.add (local.get $l)
              (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7
                (local.get $l) (local.get $l))))
          (local.set $l
            (i32x4.add (local.get $l)
              (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11
                (local.get $l) (local.get $l))))
          (local.set $h
            (i32x4.add (local.get $h)
              (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7
                (local.get $h) (local.get $h))))
          (local.set $h
            (i32x4.add (local.get $h)
              (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11
                (local.get $h) (local.get $h))))
          (v128.store8_lane 0 (i32.add (local.get $dst) (local.get $x))
            (call $finish (local.get $l) (local.get $h)))
          (local.set $b (i32.add (local.get $b) (i32.const 8)))
          (local.set $x (i32.add (local.get $x) (i32.const 1)))
          (br_if $next_output (i32.lt_s (local.get $x) (local.get $outputs))))
        (local.set $src (i32.add (local.get $src) (local.get $srcStride)))
        (local.set $dst (i32.add (local.get $dst) (local.get $dstStride)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $next_row))))

  ;; Vertical pass, sixteen bytes of a row at a time, whatever the channels. Both strides are
  ;; multiples of sixteen; coefficients as for `horizontal`.
  (func (export "vertical") (param $src i32) (param $stride i32) (param $dst i32)
    (param $bounds i32) (param $weights i32) (param $weightStride i32) (param $outputs i32)
    (local $a v128) (local $b v128) (local $low v128) (local $high v128)
    (local $lo v128) (local $hi v128)
    (local $l0 v128) (local $h0 v128) (local $l1 v128) (local $h1 v128)
    (local $l2 v128) (local $h2 v128) (local $l3 v128) (local $h3 v128)
    (local $y i32) (local $column i32) (local $at i32) (local $w i32) (local $pairs i32)
    (loop $next_output
      (local.set $column (i32.const 0))
      (loop $next_column
        (local.set $at
          (i32.add (i32.add (local.get $src) (i32.load (local.get $bounds))) (local.get $column)))
        (local.set $pairs (i32.load offset=4 (local.get $bounds)))
        (local.set $w
          (i32.add (local.get $weights) (i32.mul (local.get $y) (local.get $weightStride))))
        (local.set $l0 (v128.const i64x2 0 0))
        (local.set $h0 (v128.const i64x2 0 0))
        (local.set $l1 (v128.const i64x2 0 0))
        (local.set $h1 (v128.const i64x2 0 0))
        (local.set $l2 (v128.const i64x2 0 0))
        (local.set $h2 (v128.const i64x2 0 0))
        (local.set $l3 (v128.const i64x2 0 0))
        (local.set $h3 (v128.const i64x2 0 0))
        (loop $next_pair
          (local.set $lo (v128.load32_splat (local.get $w)))
          (local.set $hi (v128.load32_splat offset=4 (local.get $w)))
          (local.set $a (v128.load (local.get $at)))
          (local.set $b (v128.load (i32.add (local.get $at) (local.get $stride))))
          (local.set $low
            (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
              (local.get $a) (local.get $b)))
          (local.set $high
            (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31
              (local.get $a) (local.get $b)))
          (local.set $a (i16x8.extend_low_i8x16_u (local.get $low)))
          (local.set $l0
            (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $a) (local.get $lo))))
          (local.set $h0
            (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $a) (local.get $hi))))
          (local.set $a (i16x8.extend_high_i8x16_u (local.get $low)))
          (local.set $l1
            (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $a) (local.get $lo))))
          (local.set $h1
            (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $a) (local.get $hi))))
          (local.set $a (i16x8.extend_low_i8x16_u (local.get $high)))
          (local.set $l2
            (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $a) (local.get $lo))))
          (local.set $h2
            (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $a) (local.get $hi))))
          (local.set $a (i16x8.extend_high_i8x16_u (local.get $high)))
          (local.set $l3
            (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $a) (local.get $lo))))
          (local.set $h3
            (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $a) (local.get $hi))))
          (local.set $at
            (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 1))))
          (local.set $w (i32.add (local.get $w) (i32.const 8)))
          (local.set $pairs (i32.sub (local.get $pairs) (i32.const 1)))
          (br_if $next_pair (local.get $pairs)))
        (local.set $at (i32.add (local.get $dst) (local.get $column)))
        (v128.store32_lane 0 (local.get $at) (call $finish (local.get $l0) (local.get $h0)))
        (v128.store32_lane offset=4 0 (local.get $at)
          (call $finish (local.get $l1) (local.get $h1)))
        (v128.store32_lane offset=8 0 (local.get $at)
          (call $finish (local.get $l2) (local.get $h2)))
        (v128.store32_lane offset=12 0 (local.get $at)
          (call $finish (local.get $l3) (local.get $h3)))
        (local.set $column (i32.add (local.get $column) (i32.const 16)))
        (br_if $next_column (i32.lt_u (local.get $column) (local.get $stride))))
      (local.set $dst (i32.add (local.get $dst) (local.get $stride)))
      (local.set $bounds (i32.add (local.get $bounds) (i32.const 8)))
      (local.set $y (i32.add (local.get $y) (i32.const 1)))
      (br_if $next_output (i32.lt_s (local.get $y) (local.get $outputs)))))

  ;; Multiplies the colours of RGBA pixels by their alpha, in place, four pixels at a time:
  ;; t = a * b + 128, ((t >> 8) + t) >> 8, which fits 16 bits. Alpha itself meets 255: unchanged.
  (func (export "premultiply") (param $at i32) (param $bytes i32)
    (local $end i32) (local $pixels v128) (local $alpha v128) (local $t v128) (local $u v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $pixels (v128.load (local.get $at)))
        (local.set $alpha
          (v128.or
            (i8x16.swizzle (local.get $pixels)
              (v128.const i8x16 3 3 3 3 7 7 7 7 11 11 11 11 15 15 15 15))
            (v128.const i32x4 0xff000000 0xff000000 0xff000000 0xff000000)))
        (local.set $t
          (i16x8.add
            (i16x8.extmul_low_i8x16_u (local.get $pixels) (local.get $alpha))
            (v128.const i16x8 128 128 128 128 128 128 128 128)))
        (local.set $u
          (i16x8.add
            (i16x8.extmul_high_i8x16_u (local.get $pixels) (local.get $alpha))
            (v128.const i16x8 128 128 128 128 128 128 128 128)))
        (local.set $t
          (i16x8.shr_u
            (i16x8.add (i16x8.shr_u (local.get $t) (i32.const 8)) (local.get $t))
            (i32.const 8)))
        (local.set $u
          (i16x8.shr_u
            (i16x8.add (i16x8.shr_u (local.get $u) (i32.const 8)) (local.get $u))
            (i32.const 8)))
        (v128.store (local.get $at) (i8x16.narrow_i16x8_u (local.get $t) (local.get $u)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))))
