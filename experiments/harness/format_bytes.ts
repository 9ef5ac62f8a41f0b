const units = ["B", "kB", "MB", "GB", "TB"];

/** A size in bytes with three significant digits, in powers of 1000: `274 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3);
  const power = Math.min(exponent, units.length - 1);
  const scaled = Number((bytes / 1000 ** power).toPrecision(3));
  return `${scaled} ${units[power]}`;
}
