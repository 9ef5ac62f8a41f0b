/**
 * Runs in the reader's browser: puts an interactive chart in the place of each drawing that comes
 * near to sight. Until then, without it, or where it fails, the drawings stay.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

/** Charts within a screen's height of what is in sight; all at once would keep a reader waiting. */
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target as HTMLElement);
  }
}, { rootMargin: "100% 0%" });

document.querySelectorAll<HTMLElement>("[data-chart]").forEach((place) =>
  near.observe(place)
);

async function draw(place: HTMLElement): Promise<void> {
  const data = document.getElementById(place.dataset["chart"] ?? "");
  const live = document.createElement("div");
  live.className = "live";
  place.append(live);
  await embed(live, JSON.parse(data?.textContent ?? ""), {
    actions: false,
    ast: true, // the page's policy forbids making code from text
    defaultStyle: false,
    expr: expressionInterpreter,
    renderer: "svg",
    tooltip: { disableDefaultStyle: true },
  });
  place.classList.add("is-live");
}
