/** The playground: what the page consists of, put together. */
import { byId } from "./dom.js";
import { openExchangePanel } from "./exchange_panel.js";
import { asFailure, showFailure } from "./failure.js";
import { IndexIntake } from "./index_intake.js";
import { IndexView } from "./index_view.js";
import { openIntake } from "./intake.js";
import { RankView } from "./rank_view.js";
import { listSamples } from "./samples.js";
import { SearchTab } from "./search_tab.js";
import { SearchView } from "./search_view.js";
import { ServerPanel } from "./server_panel.js";
import { tabList } from "./tabs.js";
import { Tray } from "./tray.js";

/** The sample that is chosen first. */
const FIRST_SAMPLE = "orange-ring-above-white-star.png";
/** Sentences that the first ranking starts with: two are true, one has it the wrong way round. */
const FIRST_SENTENCES = [
  "a white star above an orange ring",
  "an orange ring above a white star",
  "a white star below an orange ring",
  "a ring and a star on black",
  "a yellow moon on a black background",
  "three green triangles",
];

const tray = new Tray();
const server = new ServerPanel();
const showExchange = openExchangePanel(() => server.executor);
const rank = new RankView(tray, server, showExchange);
const indexIntake = new IndexIntake(server, showExchange);
const search = new SearchTab(
  server,
  new SearchView(tray, server, showExchange),
  new IndexView(server, showExchange, indexIntake.original),
  indexIntake,
);

const loadSamples = async () => {
  const place = byId("intake-failure", HTMLElement);
  try {
    const { images, queries } = await listSamples();
    rank.suggest(FIRST_SENTENCES, queries[0] ?? "");
    search.suggest(queries);
    const first = tray.images.length === 0;
    tray.addSamples(images);
    const chosen = tray.named(FIRST_SAMPLE);
    if (first && chosen) tray.select(chosen);
    showFailure(place, undefined);
  } catch (thrown) {
    showFailure(place, asFailure(thrown), () => void loadSamples());
  }
};

openIntake(tray, search, () => void loadSamples());

let chosen = "";
let loaded = false;
const show = () => {
  if (!loaded) return;
  rank.show(chosen === "tab-rank");
  search.show(chosen === "tab-search");
};
// At once: a click that comes before the samples have must not be lost.
tabList(byId("work-tabs", HTMLElement), (tab) => {
  chosen = tab.id;
  show();
});
await loadSamples();
loaded = true;
show();
