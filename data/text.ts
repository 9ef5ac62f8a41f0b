/** Text for people and for spreadsheets: columns, comma-separated values, spans of time. */

/** Rows in columns as wide as their widest cell, a line each; nothing stands after the last cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()
  );
}

/**
 * Text of unknown origin that changes nothing around it: what would move a cursor, colour a terminal
 * or turn the reading direction stands as an escape such as `\u001b`.
 */
export function plain(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) =>
      character.split("").map((unit) =>
        `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
      ).join(""),
  );
}

/** What a cell may hold; nothing leaves it empty. */
export type Cell = string | number | boolean | null | undefined;

/** One line of comma-separated values with its line end (RFC 4180). */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(",") + "\r\n";
}

/** What a spreadsheet would take for a formula, and run. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(cell: Cell): string {
  const shown = String(cell ?? "");
  const text = typeof cell === "string" && FORMULA.test(shown)
    ? `'${shown}`
    : shown;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A span of time in its two largest units: `3 h 20 min`, `41 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  const [h, min] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (h > 0) return `${h} h ${min} min`;
  return min > 0 ? `${min} min ${whole % 60} s` : `${whole} s`;
}

/** `a`, `a and b`, `a, b and c`. */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
