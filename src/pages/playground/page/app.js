/** The playground: what the page consists of, put together. */
import { BASE } from "./api.js";
import { byId } from "./dom.js";
import { openExchangePanel } from "./exchange_panel.js";
import { asFailure, Failure, showFailure } from "./failure.js";
import { openIntake } from "./intake.js";
import { RankView } from "./rank_view.js";
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
const search = new SearchView(tray, server, showExchange);

const loadSamples = async () => {
  const place = byId("intake-failure", HTMLElement);
  try {
    const response = await fetch(`${BASE}/playground/samples/samples.json`);
    if (!response.ok) throw new Failure("The samples cannot be loaded", `HTTP ${response.status}`);
    const { images, queries } = await response.json();
    rank.suggest(FIRST_SENTENCES, queries[0]);
    search.suggest(queries);
    const first = tray.images.length === 0;
    tray.addSamples(images);
    const chosen = tray.named(FIRST_SAMPLE);
    if (first && chosen) tray.select(chosen);
    showFailure(place, undefined);
  } catch (thrown) {
    const failure = thrown instanceof TypeError
      ? new Failure("The samples cannot be loaded", thrown.message)
      : asFailure(thrown);
    showFailure(place, failure, () => void loadSamples());
  }
};

openIntake(tray, () => void loadSamples());
await loadSamples();
tabList(byId("work-tabs", HTMLElement), (tab) => {
  rank.show(tab.id === "tab-rank");
  search.show(tab.id === "tab-search");
});
