/** How numbers are written on the pages; all take finite numbers. */

export { formatDuration } from "../data/text.ts";

/** A learning rate or weight decay to two digits, as it would be typed: `1.8e-3`, `5e-2`, `3.8`, `31`, `0`. */
export function formatRate(rate: number): string {
  if (rate === 0) return "0";
  const digits = Number(rate.toPrecision(2));
  return digits >= 1 && digits < 1000
    ? String(digits)
    : rate.toExponential(1).replace(".0e", "e").replace("e+", "e");
}

/** A loss to three significant digits. */
export function formatLoss(loss: number): string {
  return loss.toPrecision(3);
}

/** A fraction as a percentage with one decimal. */
export function formatPercent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)}%`;
}

/** A number with a fixed count of decimals and a minus sign that is one: `−0.35`, `0.0`. */
export function formatDecimal(value: number, decimals: number): string {
  return value.toFixed(decimals).replace("-", "−").replace(/^−([0.]+)$/, "$1");
}

/** A ratio to two significant digits: `8.9×`, `18×`, `0.56×`, `3.0e-3×`. */
export function formatRatio(ratio: number): string {
  if (ratio >= 100) return `${ratio.toFixed(0)}×`;
  return `${ratio < 0.01 ? ratio.toExponential(1) : ratio.toPrecision(2)}×`;
}

/** `7`, `10,080`. */
export function formatInteger(count: number): string {
  return THOUSANDS.format(count);
}

/** Made once: a locale's rules are looked up for long. */
const THOUSANDS = new Intl.NumberFormat("en-US");

/** `1 run`, `3 runs`, `3,000 losses`. */
export function formatCount(
  count: number,
  noun: string,
  plural = `${noun}s`,
): string {
  return `${formatInteger(count)} ${count === 1 ? noun : plural}`;
}
