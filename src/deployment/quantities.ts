/** Amounts as Kubernetes and Helm write them (`k8s.io/apimachinery`, `resource.Quantity`). */

const KIB = 2 ** 10;
const UNITS = [["Gi", 3], ["Mi", 2], ["Ki", 1]] as const;

/** Bytes: `1472Mi`. Exact; what is no whole KiB is in bytes. */
export function byteQuantity(bytes: number): string {
  const whole = Math.ceil(bytes);
  for (const [unit, power] of UNITS) {
    if (whole >= KIB ** power && whole % KIB ** power === 0) {
      return `${whole / KIB ** power}${unit}`;
    }
  }
  return String(whole);
}

/** A number with at most three decimals: `2`, `500m`. */
export function quantity(value: number): string {
  const thousandths = Math.round(value * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
