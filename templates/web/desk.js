// What makes the desk quicker for who has JavaScript; everything works without it. Loaded from our own address only.
"use strict";
(() => {
  const typing = (node) => node.matches("input, textarea, select, [contenteditable]");
  const go = { t: "/", d: "/drafts", e: "/episodes", c: "/calendar", r: "/readers" };
  let waiting = "";

  // Questions before what cannot be undone.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    // A double click sends a form once; the page comes back with a new one.
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // What was typed and not saved is still there after a closed tab or a lost session.
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const key = form.dataset.keep, revision = form.elements.revision.value;
    const fields = () => [...form.elements].filter((each) => each.name.startsWith("field:"));
    const first = Object.fromEntries(fields().map((each) => [each.name, each.value]));
    const kept = JSON.parse(sessionStorage.getItem(key) || "null");
    if (kept && kept.revision === revision) for (const each of fields()) if (each.name in kept.texts) each.value = kept.texts[each.name];
    form.addEventListener("input", () => {
      const texts = Object.fromEntries(fields().filter((each) => each.value !== first[each.name]).map((each) => [each.name, each.value]));
      sessionStorage.setItem(key, JSON.stringify({ revision, texts }));
    });
  }

  // The server counts what is being typed: the same code that sends.
  for (const form of document.querySelectorAll("form[data-count]")) {
    let timer = 0, asked = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = ++asked;
        try {
          const answer = await fetch(form.dataset.count, { method: "POST", body: new FormData(form) });
          const html = await answer.text();
          if (answer.ok && mine === asked) document.getElementById("shown").innerHTML = html;
        } catch { /* the next stroke asks again */ }
      }, 250);
    });
  }

  const zone = document.querySelector("select[data-zone]");
  if (zone && zone.value === "UTC") {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((each) => each.value === mine)) zone.value = mine;
  }

  const dialog = document.getElementById("keys"), button = document.querySelector("[data-keys]");
  if (button && dialog) { button.hidden = false; button.addEventListener("click", () => dialog.showModal()); }

  const rows = [...document.querySelectorAll("[data-list] li")].filter((each) => each.querySelector("a"));
  let at = -1;
  const walk = (step) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].classList.add("at");
    rows[at].querySelector("a").focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || dialog?.open) return;
    const key = event.key;
    if (waiting === "g") { waiting = ""; if (go[key]) { location.href = go[key]; event.preventDefault(); } return; }
    if (key === "g") { waiting = "g"; setTimeout(() => { waiting = ""; }, 1500); return; }
    if (key === "?") { dialog?.showModal(); event.preventDefault(); return; }
    if (key === "j" || key === "k") { walk(key === "j" ? 1 : -1); event.preventDefault(); return; }
    const arrow = document.querySelector(`[data-arrow="${event.shiftKey ? "Shift+" : ""}${CSS.escape(key)}"]`);
    if (arrow && !event.target.matches("audio")) { if (!arrow.disabled) arrow.click(); event.preventDefault(); return; }
    const view = document.querySelector(`[data-view="${CSS.escape(key)}"]`);
    if (view) { view.click(); return; }
    const held = document.querySelector(`details[data-open="${CSS.escape(key)}"]`);
    if (held) { held.open = true; held.querySelector("input[type=text]").focus(); event.preventDefault(); return; }
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("form")) target.requestSubmit();
    else if (target.matches("a")) target.click();
    else target.focus();
  });
})();
