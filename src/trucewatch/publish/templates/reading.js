"use strict";
/* Ties the text, the claims and the map together. Reads numbers from data- attributes only; writes no markup. */
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const numbers = (element, key) => (element.dataset[key] || "").split(" ").filter(Boolean);
  root.classList.add("js");

  const text = document.getElementById("text");
  const pane = document.getElementById("claims");
  const card = document.getElementById("card");
  const claims = new Map(all("li.claim").map((item) => [item.dataset.c, item]));
  const about = { m: new Map(), c: new Map() };
  for (const one of all("#cards > .about"))
    for (const key of ["m", "c"]) if (key in one.dataset) about[key].set(one.dataset[key], one);

  /* Everything that stands for a claim (c), a mark (m) or a place (p), by number. */
  const shown = { c: new Map(), m: new Map(), p: new Map() };
  for (const key of ["c", "m", "p"])
    for (const element of all(`[data-${key}]`)) {
      if (element.closest("#cards")) continue;
      for (const number of numbers(element, key)) {
        if (!shown[key].has(number)) shown[key].set(number, []);
        shown[key].get(number).push(element);
      }
    }

  let lit = [];
  let picked = null;
  const light = (wanted) => {
    for (const element of lit) element.classList.remove("on");
    lit = wanted.flatMap(([key, number]) => shown[key].get(number) || []);
    for (const element of lit) element.classList.add("on");
  };
  const unlight = () => light(picked === null ? [] : [["c", picked]]);

  const visible = (number) => !claims.get(number).hidden;

  /* Scrolls an element into view inside the pane alone, where the pane scrolls by itself. */
  const intoPane = (item) => {
    if (pane.scrollHeight <= pane.clientHeight + 2) return;
    const top = item.offsetTop - pane.offsetTop, filters = pane.querySelector(".filters");
    const head = (filters ? filters.offsetHeight : 0) + 8;
    if (top < pane.scrollTop + head || top + item.offsetHeight > pane.scrollTop + pane.clientHeight)
      pane.scrollTo({ top: top - head - 20, behavior: "auto" });
  };
  const intoView = (element) => {
    const box = element.getBoundingClientRect();
    if (box.top < 50 || box.bottom > innerHeight - 30) element.scrollIntoView({ block: "center" });
  };
  const words = (key, number) => (shown[key].get(number) || []).filter((e) => text.contains(e));
  const onScreen = (list) => list.find((e) => e.getClientRects().length) || list[0];

  const pick = (number) => {
    if (picked !== null) claims.get(picked).classList.remove("picked");
    picked = number;
    if (number !== null) claims.get(number).classList.add("picked");
    unlight();
  };

  /* The card beside a word: what its marks are, then the claims it is part of. */
  let hideSoon = 0;
  const hide = () => { card.hidden = true; card.replaceChildren(); };
  const show = (anchor, marks, inClaims) => {
    clearTimeout(hideSoon);
    const copies = [...marks.map((n) => about.m.get(n)), ...inClaims.slice(0, 3).map((n) => about.c.get(n))];
    card.replaceChildren(...copies.filter(Boolean).map((one) => one.cloneNode(true)));
    card.hidden = !card.childElementCount;
    card.style.removeProperty("left");
    card.style.removeProperty("top");
    if (card.hidden || getComputedStyle(card).position === "fixed") return;
    const box = anchor.getClientRects()[0] || anchor.getBoundingClientRect();
    const left = Math.min(Math.max(box.left, 12), root.clientWidth - card.offsetWidth - 12);
    const below = box.bottom + 8 + card.offsetHeight < innerHeight || box.top < card.offsetHeight + 8;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${scrollY + (below ? box.bottom + 8 : box.top - card.offsetHeight - 8)}px`;
  };

  const claimsOf = (element) => {
    const part = element.closest("[data-c]") || element.querySelector("[data-c]");
    return part ? numbers(part, "c").filter(visible) : [];
  };
  let scrollSoon = 0;
  const enter = (target) => {
    const mark = target.closest(".m[data-m], tr[data-m]");
    const inClaims = claimsOf(mark && !target.closest("[data-c]") ? mark : target);
    const inText = text.contains(target);
    const marks = mark ? numbers(mark, "m") : [];
    const place = target.closest("[data-p]");
    const wanted = [...marks.map((n) => ["m", n]), ...(inText ? inClaims.slice(0, 1) : []).map((n) => ["c", n])];
    if (place) wanted.push(["p", place.dataset.p]);
    light(wanted);
    clearTimeout(scrollSoon);
    if (inText && inClaims.length) scrollSoon = setTimeout(() => intoPane(claims.get(inClaims[0])), 220);
    if (inText && (marks.length || inClaims.length)) show(mark || target.closest("[data-c]"), marks, inClaims);
    else if (mark) show(mark, marks.slice(0, 1), []);
  };
  const leave = () => {
    clearTimeout(scrollSoon);
    unlight();
    hideSoon = setTimeout(hide, 180);
  };
  const region = "#text .m, #text .c, .put-right tr[data-m], .off-map .m, .pin, li.claim";
  const over = (event) => {
    const target = event.target.closest(region);
    if (!target) return;
    clearTimeout(hideSoon);
    if (target.matches("li.claim")) light([["c", target.dataset.c]]);
    else enter(event.target.closest(".m, .c, tr, .pin") || target);
  };
  document.addEventListener("pointerover", over);
  document.addEventListener("focusin", over);
  document.addEventListener("pointerout", (e) => { if (e.target.closest(region)) leave(); });
  document.addEventListener("focusout", (e) => { if (e.target.closest(region)) leave(); });
  card.addEventListener("pointerenter", () => clearTimeout(hideSoon));
  card.addEventListener("pointerleave", () => { hideSoon = setTimeout(hide, 120); });

  const act = (target) => {
    const item = target.closest("li.claim");
    if (item) {
      pick(item.dataset.c === picked ? null : item.dataset.c);
      const first = onScreen(words("c", item.dataset.c));
      if (picked !== null && first) intoView(first);
      return;
    }
    if (text.contains(target)) {
      const inClaims = claimsOf(target);
      if (!inClaims.length) return;
      pick(inClaims[0]);
      if (pane.scrollHeight > pane.clientHeight + 2) intoPane(claims.get(inClaims[0]));
      return;
    }
    const place = target.closest(".pin, .off-map [data-p]"), row = target.closest("tr[data-m]");
    const list = row ? words("m", numbers(row, "m")[0]) : place ? words("p", place.dataset.p) : [];
    const first = list.find((e) => e.tabIndex === 0 && e.getClientRects().length) || onScreen(list);
    if (first) { intoView(first); first.focus({ preventScroll: true }); }
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("summary, details, .filters, .views, #card")) return;
    if (event.target.closest("#text .m, #text .c, li.claim, .pin, .put-right tr, .off-map .m")) act(event.target);
    else if (picked !== null && !getSelection().toString()) pick(null);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hide(); pick(null); }
    const on = event.target;
    const acts = on.matches && on.matches(".m, .pin, tr[data-m]");
    if (acts && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); act(on); }
    if ((event.key === "j" || event.key === "k") && !on.closest("select")) {
      const order = Array.from(claims.values()).filter((c) => !c.hidden);
      const step = event.key === "j" ? 1 : -1;
      const at = order.findIndex((c) => c.dataset.c === picked);
      const next = order[Math.min(Math.max(at + step, 0), order.length - 1)];
      if (!next) return;
      if (next.dataset.c !== picked) act(next);
      next.querySelector(".go").focus({ preventScroll: true });
      intoPane(next);
    }
  });

  /* Which text to show. */
  const views = all(".views button");
  for (const button of views)
    button.addEventListener("click", () => {
      text.classList.remove("only-raw", "only-restored");
      if (button.dataset.view !== "both") text.classList.add(`only-${button.dataset.view}`);
      for (const one of views) one.setAttribute("aria-pressed", String(one === button));
    });
  /* Marks that have no restored words can be reached by keyboard in the raw column. */
  for (const list of shown.m.values())
    if (!list.some((e) => text.contains(e) && e.tabIndex === 0))
      for (const e of list) if (text.contains(e)) e.tabIndex = 0;

  /* Filters. */
  const byType = document.getElementById("by-type"), byActor = document.getElementById("by-actor");
  const chips = all(".chip"), reset = document.getElementById("reset");
  if (!byType) return;
  const filter = () => {
    const stances = chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.stance);
    let left = 0;
    for (const item of claims.values()) {
      const fits = (!stances.length || stances.includes(item.dataset.stance))
        && (!byType.value || item.dataset.type === byType.value)
        && (!byActor.value || numbers(item, "a").includes(byActor.value));
      item.hidden = !fits;
      left += fits ? 1 : 0;
    }
    for (const part of all("#text .c")) part.classList.toggle("off", !numbers(part, "c").some(visible));
    const filtered = left < claims.size || stances.length || byType.value || byActor.value;
    pane.querySelector(".tally").textContent = filtered ? `${left} of ${claims.size}` : String(claims.size);
    pane.querySelector(".none").hidden = left > 0;
    reset.hidden = !filtered;
    if (picked !== null && !visible(picked)) pick(null);
  };
  for (const chip of chips)
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  byType.addEventListener("change", filter);
  byActor.addEventListener("change", filter);
  reset.addEventListener("click", () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    byType.value = byActor.value = "";
    filter();
  });
})();
