import type { Page } from "playwright-core";

/**
 * What comes of code that a page makes from text: `ran`, `blocked` or the name of the error. It is
 * tried in a task of the page's own, for what a driver evaluates is exempt from the page's policy.
 */
export async function codeFromText(
  page: Page,
): Promise<Record<string, string>> {
  return await page.evaluate(`new Promise((tell) => setTimeout(() => {
    const outcome = (act) => {
      try { act(); return "ran"; } catch (error) { return error.name; }
    };
    const sign = (name) => window[name] ? "ran" : "blocked";
    const script = document.createElement("script");
    script.textContent = "window.inline = true";
    document.head.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.handler = true");
    button.click();
    tell({
      eval: outcome(() => (0, eval)("1")),
      Function: outcome(() => new Function("return 1")()),
      inline: sign("inline"),
      handler: sign("handler"),
    });
  }))`);
}
