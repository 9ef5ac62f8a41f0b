import type { Evidence } from "../evidence.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { type Notice, noticesOf } from "../notices.ts";
import { formatCount } from "../numbers.ts";
import { noticeList } from "./notice_list.ts";

/** All that is missing, mixed or unreadable, over the whole site; nothing where there is nothing. */
export function siteNotices(evidence: Evidence): Content {
  const notices = [...storeNotices(evidence), ...workloadNotices(evidence)];
  if (notices.length === 0) return null;
  return html`
    <section aria-labelledby="missing">
      <h2 id="missing">What to know before you conclude</h2>
      ${noticeList(notices)}
    </section>
  `;
}

function storeNotices({ unreadable, strayRuns }: Evidence): Notice[] {
  const files = unreadable.map(({ path, reason }): Notice => ({
    level: "warning",
    text: `The file ${path} was not used: ${reason}.`,
  }));
  return strayRuns === 0 ? files : [...files, {
    level: "note",
    text: `${
      formatCount(strayRuns, "stored run")
    } belong to no experiment here and are not shown.`,
  }];
}

/** What is said of several workloads is said once, with all their names. */
function workloadNotices({ experiments }: Evidence): Notice[] {
  const all = experiments.flatMap(({ title, workloads }) =>
    workloads.flatMap((workload) =>
      noticesOf(workload).map((notice) => ({
        ...notice,
        where: `${title}: ${
          workloadName(workload.study)
        }, ${workload.study.profile}`,
      }))
    )
  );
  return [...Map.groupBy(all, ({ level, text }) => `${level} ${text}`).values()]
    .flatMap(([first, ...same]) =>
      first
        ? [{
          ...first,
          where: [first, ...same].map(({ where }) => where).join("; "),
        }]
        : []
    );
}
