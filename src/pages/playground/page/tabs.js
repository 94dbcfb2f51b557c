/** Tabs as the ARIA Authoring Practices describe them: arrows move, one tab is in the tab order. */

/**
 * Makes a tab list work.
 * @param {HTMLElement} list with its tabs inside
 * @param {(tab: HTMLElement) => void} onSelect called with each tab that becomes the chosen one
 * @returns {(tab: HTMLElement) => void} chooses a tab
 */
export function tabList(list, onSelect) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  /** @param {HTMLElement} chosen */
  const select = (chosen) => {
    for (const tab of tabs) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      // Tabs that share a panel only relabel it.
      if (panel && tabs.every((t) => t === tab || t.getAttribute("aria-controls") !== panel.id)) {
        panel.hidden = !selected;
      } else if (panel && selected) panel.setAttribute("aria-labelledby", tab.id);
    }
    onSelect(chosen);
  };
  list.addEventListener("click", (event) => {
    const tab = tabs.find((t) => event.target instanceof Node && t.contains(event.target));
    if (tab) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = nextIndex(event.key, at, tabs.length);
    const tab = to === undefined ? undefined : tabs[to];
    if (!tab) return;
    event.preventDefault();
    select(tab);
    tab.focus();
  });
  const first = tabs[0];
  if (first) select(first);
  return select;
}

/**
 * Where a key leads in a row of `count`; undefined if it leads nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @returns {number | undefined}
 */
export function nextIndex(key, at, count) {
  if (count === 0) return undefined;
  if (key === "ArrowRight" || key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowLeft" || key === "ArrowUp") return (Math.max(at, 0) - 1 + count) % count;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return undefined;
}
