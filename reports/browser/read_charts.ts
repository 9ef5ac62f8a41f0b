/**
 * Runs in the reader's browser, over the drawings that are in the page: tells the numbers of the mark
 * nearest to a mouse, a finger or, with the arrow keys, to the mark before. The numbers are those of
 * the table below the chart, in whose order each drawing names the places of its marks. A chosen mark
 * stands in the address. Also makes a picture file of a drawing. Without it everything is there but
 * these.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** A pointer that far from a mark, in pixels of the screen, means it. */
const NEAR_PX = 28;
/** The picture has twice the drawing's pixels, for screens that have them. */
const PICTURE_SCALE = 2;
/** Between the mark and what is told of it, in pixels. */
const GAP_PX = 14;

interface Point {
  readonly x: number;
  readonly y: number;
}

const tip = document.createElement("div");
tip.id = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;
document.body.append(tip);

const charts = [...document.querySelectorAll<HTMLElement>(".chart")]
  .map((place) => readChart(place));
answerAddress();
addEventListener("hashchange", answerAddress);
document.querySelectorAll<HTMLElement>("figure .take").forEach(offerPicture);

function readChart(chart: HTMLElement) {
  const figure = chart.closest("figure")!;
  const rows = [...figure.querySelectorAll(".twin tbody tr")];
  const ring = document.createElement("div");
  ring.className = "ring";
  ring.hidden = true;
  let chosen: number | undefined;

  /** The drawing in sight; the style sheet decides which. */
  function drawing() {
    const seen = [...chart.querySelectorAll<HTMLElement>(".drawing")]
      .find((it) => it.checkVisibility())!;
    const numbers = (seen.dataset["spots"] ?? "").split(" ").map(Number);
    const places: Point[] = rows.map((_, i) => ({
      x: numbers[2 * i]!,
      y: numbers[2 * i + 1]!,
    }));
    const svg = seen.querySelector("svg")!;
    const box = svg.getBoundingClientRect();
    return { places, box, scale: box.width / svg.viewBox.baseVal.width };
  }

  function nearest({ clientX, clientY }: PointerEvent): number | undefined {
    const { places, box, scale } = drawing();
    let [best, least] = [-1, NEAR_PX];
    for (const [i, { x, y }] of places.entries()) {
      const way = Math.hypot(
        box.left + x * scale - clientX,
        box.top + y * scale - clientY,
      );
      if (way < least) [best, least] = [i, way];
    }
    return best < 0 ? undefined : best;
  }

  function show(index: number | undefined): void {
    chosen = index;
    ring.hidden = tip.hidden = index === undefined;
    if (index === undefined) return;
    const { places, box, scale } = drawing();
    const { x, y } = places[index]!;
    const [left, top] = [box.left + x * scale, box.top + y * scale];
    const own = chart.getBoundingClientRect();
    ring.style.left = `${left - own.left}px`;
    ring.style.top = `${top - own.top}px`;
    tell(rows[index]!);
    const { width, height } = tip.getBoundingClientRect();
    const right = document.documentElement.clientWidth - width - 4;
    const above = top - height - GAP_PX;
    tip.style.left = `${Math.max(4, Math.min(left + GAP_PX, right))}px`;
    tip.style.top = `${above > 4 ? above : top + GAP_PX}px`;
  }

  /** From left to right, and of one column from top to bottom. */
  function step(by: number): void {
    const { places } = drawing();
    const order = [...places.keys()].sort((a, b) =>
      places[a]!.x - places[b]!.x || places[a]!.y - places[b]!.y
    );
    const at = chosen === undefined ? by > 0 ? -1 : 0 : order.indexOf(chosen);
    const next = (at + by + order.length) % order.length;
    show(order[next]);
  }

  function keep(): void {
    const hash = chosen === undefined ? figure.id : `${figure.id}=${chosen}`;
    history.replaceState(null, "", `#${hash}`);
  }

  if (rows.length > 0) {
    chart.append(ring);
    chart.tabIndex = 0;
    chart.addEventListener("pointermove", (event) => show(nearest(event)));
    chart.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse") show(undefined);
    });
    chart.addEventListener("click", (event) => {
      show(nearest(event as PointerEvent));
      if (chosen !== undefined) keep();
    });
    chart.addEventListener("blur", () => show(undefined));
    chart.addEventListener("keydown", (event) => {
      const { key } = event;
      if (key === "ArrowRight" || key === "ArrowDown") step(1);
      else if (key === "ArrowLeft" || key === "ArrowUp") step(-1);
      else if (key === "Enter") keep();
      else if (key === "Escape") show(undefined);
      else return;
      event.preventDefault();
    });
    addEventListener("scroll", () => {
      if (chosen !== undefined) show(chosen);
    }, { passive: true });
  }
  return { figure, show, count: rows.length };
}

/** The row's cells under their heads; text alone, whatever a name holds. */
function tell(row: Element): void {
  const heads = row.closest("table")!.querySelectorAll("th");
  const list = document.createElement("dl");
  [...row.children].forEach((cell, i) => {
    const [title, value] = ["dt", "dd"].map((tag) =>
      document.createElement(tag)
    );
    title!.textContent = heads[i]?.textContent ?? "";
    value!.textContent = cell.textContent;
    list.append(title!, value!);
  });
  tip.replaceChildren(list);
}

/** `#chart=12` shows the chart's mark 12. */
function answerAddress(): void {
  const [id, mark] = decodeURIComponent(location.hash.slice(1)).split("=");
  const chart = charts.find(({ figure }) => figure.id === id);
  const index = Number(mark ?? NaN);
  if (!chart || !(index >= 0 && index < chart.count)) return;
  chart.figure.scrollIntoView();
  chart.show(index);
}

function offerPicture(place: HTMLElement): void {
  const figure = place.closest("figure")!;
  const button = place.querySelector<HTMLButtonElement>(".png")!;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = await pictureOf(figure);
    link.download = `${figure.id}.png`;
    link.click();
  });
  // With the address that the page has, what is pasted elsewhere leads back.
  const embed = place.querySelector(".embed")!;
  const address = (path: string) => new URL(path, location.href).href;
  const image = (embed.textContent ?? "").replace(
    /src="([^"]*)"/,
    (_, path) => `src="${address(path)}"`,
  );
  embed.textContent = `<a href="${address(`#${figure.id}`)}">${image}</a>`;
}

/** Room above the drawing for its title and what it measures, as in the SVG file. */
const HEAD_PX = 52;

/** The wide drawing with its title, in the page's colours of now, as a data address of a PNG. */
async function pictureOf(figure: HTMLElement): Promise<string> {
  const svg = figure.querySelector<SVGSVGElement>(".drawing.wide svg")!;
  const style = getComputedStyle(document.documentElement);
  const colorOf = (name: string) => style.getPropertyValue(name).trim();
  const source = new XMLSerializer().serializeToString(svg).replaceAll(
    /var\((--[\w-]+)\)/g,
    (_, name) => colorOf(name),
  );
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const { width, height } = svg.viewBox.baseVal;
  const canvas = document.createElement("canvas");
  canvas.width = width * PICTURE_SCALE;
  canvas.height = (HEAD_PX + height) * PICTURE_SCALE;
  const context = canvas.getContext("2d")!;
  context.scale(PICTURE_SCALE, PICTURE_SCALE);
  const write = (selector: string, font: string, y: number) => {
    const text = figure.querySelector(selector)?.textContent ?? "";
    context.fillStyle = colorOf("--ink");
    context.font = `${font} system-ui, sans-serif`;
    context.fillText(text, 2, y, width - 4);
  };
  context.fillStyle = colorOf("--paper");
  context.fillRect(0, 0, width, HEAD_PX + height);
  write("h3", "600 16px", 20);
  write(".measure", "12px", 40);
  context.drawImage(image, 0, HEAD_PX, width, height);
  return canvas.toDataURL("image/png");
}
