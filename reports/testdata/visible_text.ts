/** What is read on a page: no tags, no data, no drawings, and not its word for values out of range. */

export function visibleText(source: string): string {
  return source.replaceAll(/<(script|svg|title)\b.*?<\/\1>/gs, " ")
    .replaceAll(/<code>(NaN|Infinity)<\/code>/g, "")
    .replaceAll(/<[^>]+>/g, " ").replaceAll("&#39;", "'")
    .replaceAll(/\s+/g, " ");
}
