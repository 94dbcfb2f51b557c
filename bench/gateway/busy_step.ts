/** One thread that works on more memory than a core's cache holds, until it is killed. */

const a = new Float32Array(4 << 20).fill(1.5);
const b = new Float32Array(4 << 20).fill(0.5);

while (true) {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! * 0.5 + b[i]!;
}
