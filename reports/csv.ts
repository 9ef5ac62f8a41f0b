/** What a cell may hold; nothing leaves it empty. */
export type Cell = string | number | boolean | null | undefined;

/** One line of comma-separated values with its line end (RFC 4180). */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(",") + "\r\n";
}

function csvCell(cell: Cell): string {
  const text = String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
