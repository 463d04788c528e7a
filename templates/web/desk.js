// What makes the desk quicker for who has JavaScript; everything works without it. Loaded from our own address only.
"use strict";
(() => {
  const typing = (node) => node.matches("input, textarea, select, [contenteditable]");
  const go = { t: "/", d: "/drafts", e: "/episodes", c: "/calendar", r: "/readers" };
  let waiting = "";

  // Countdowns go on while a page stands open: by the server's clock, in the server's words.
  const opened = Date.now(), there = Date.parse(document.body.dataset.now);
  const distance = (seconds) => {
    const minutes = Math.round(Math.abs(seconds) / 60), hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (!minutes) return "now";
    const long = minutes >= 2880 ? `${Math.floor(minutes / 1440)} days` : `${hours} h${rest && hours < 24 ? ` ${rest} min` : ""}`;
    const said = hours ? long : `${minutes} min`;
    return seconds > 0 ? `in ${said}` : `${said} ago`;
  };
  if (there) setInterval(() => {
    const now = there + Date.now() - opened;
    for (const each of document.querySelectorAll("[data-distance]")) {
      const said = distance((Date.parse(each.previousElementSibling.dateTime) - now) / 1000);
      if (each.textContent !== said) each.textContent = said;
    }
  }, 15000);

  // Questions before what cannot be undone.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    // A look into the frame leaves the page as it is.
    if (event.submitter?.formTarget) return;
    // A double click sends a form once; the page comes back with a new one.
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // What was typed and not saved is still there after a closed tab or a lost session.
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const key = form.dataset.keep, revision = form.elements.revision.value;
    const texts = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name.startsWith("field:")));
    const first = texts();
    const kept = JSON.parse(sessionStorage.getItem(key) || "null");
    if (kept && kept.revision === revision) for (const each of form.elements) {
      if (!(each.name in kept.texts)) continue;
      if (each.type === "radio") each.checked = each.value === kept.texts[each.name];
      else each.value = kept.texts[each.name];
    }
    form.addEventListener("input", () => {
      const changed = Object.fromEntries(Object.entries(texts()).filter(([name, text]) => text !== first[name]));
      sessionStorage.setItem(key, JSON.stringify({ revision, texts: changed }));
    });
  }

  // What has a place is moved by arrows, by Alt and an arrow, or by the number of its place: the numbers are what is sent.
  const place = (row) => row.querySelector("[data-place]");
  const numbered = (list) => [...list.children].forEach((row, at) => {
    place(row).value = at + 1;
    row.querySelector("[data-at]").textContent = at + 1;
  });
  for (const list of document.querySelectorAll("[data-order]")) {
    const kept = [...list.children].sort((one, other) => place(one).value - place(other).value);
    if (kept.some((row, at) => row !== list.children[at])) list.append(...kept);
  }
  const moved = (row, step) => {
    const list = row.parentElement, other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (step < 0) other.before(row); else other.after(row);
    numbered(list);
    focused?.focus();
    const name = row.querySelector("summary").textContent.replace(/^\s*\d+\.\s*/, "").trim();
    document.getElementById("moved").textContent = `${name}: place ${place(row).value} of ${list.children.length}`;
    place(row).dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("click", (event) => {
    const step = event.target.closest?.("[data-step]");
    if (step) moved(step.closest("li"), Number(step.dataset.step));
  });
  document.addEventListener("change", (event) => {
    const row = event.target.matches("[data-place]") && event.target.closest("[data-order] > li");
    if (!row) return;
    const list = row.parentElement, others = [...list.children].filter((each) => each !== row);
    const before = others[Math.max(1, Number(event.target.value) || 1) - 1];
    if (before) before.before(row); else list.append(row);
    numbered(list);
    place(row).dispatchEvent(new Event("input", { bubbles: true }));
  });

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
      }, Number(form.dataset.pause || 250));
    });
  }

  // The mail beside the form follows what is typed, written by the same code as the one that goes out.
  for (const button of document.querySelectorAll("[data-preview]")) {
    let timer = 0;
    button.form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { if (!button.form.dataset.sent && button.form.checkValidity()) button.form.requestSubmit(button); }, 700);
    });
  }
  // The rows of an inbox show the subject and the preheader that are being typed; an empty field gives back ours.
  for (const each of document.querySelectorAll("[data-shows], [data-length]")) {
    const field = document.getElementById(each.dataset.shows ?? each.dataset.length), ours = each.textContent;
    field?.addEventListener("input", () => {
      const typed = field.value.trim();
      each.textContent = typed && each.dataset.length ? [...typed].length : typed || ours;
    });
  }

  // A sentence that is followed in the frame names itself behind the # of this page; its source is shown beside the frame.
  const drawer = document.getElementById("source"), framed = document.querySelector("iframe.scripted");
  if (drawer && framed) {
    const here = location.pathname + location.search, live = framed.getAttribute("src");
    const saved = () => !framed.dataset.tried;
    for (const button of document.querySelectorAll("[data-preview]")) {
      const action = new URL(button.formAction);
      action.searchParams.set("links", "here");
      action.searchParams.set("here", here);
      button.formAction = action.pathname + action.search;
      button.form.addEventListener("submit", (event) => { if (event.submitter === button) framed.dataset.tried = "yes"; });
    }
    let asked = 0, opener = framed;
    const shut = () => {
      if (drawer.hidden) return;
      drawer.hidden = true;
      drawer.replaceChildren();
      opener.focus();
    };
    const open = async () => {
      const key = location.hash.startsWith("#from-") ? location.hash.slice(6) : "";
      if (!key) { shut(); return; }
      if (drawer.hidden) opener = document.activeElement ?? framed;
      // The frame marks the sentence, unless it shows what is not saved yet.
      if (saved()) framed.src = `${live}#pq-from-${key}`;
      const mine = ++asked;
      try {
        const answer = await fetch(`${drawer.dataset.source}&of=${encodeURIComponent(key)}`);
        const html = await answer.text();
        if (mine !== asked) return;
        if (!answer.ok) throw new Error(answer.status);
        drawer.innerHTML = html;
      } catch { drawer.textContent = "The source could not be asked for. Try again, or sign in again."; }
      drawer.hidden = false;
      (drawer.querySelector("h2") ?? drawer).focus({ preventScroll: true });
      drawer.scrollIntoView({ block: "nearest" });
      drawer.scrollTop = 0;
    };
    const close = () => { history.pushState(null, "", here); shut(); };
    window.addEventListener("hashchange", open);
    document.addEventListener("click", (event) => {
      const step = event.target.closest?.("[data-from]");
      if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (!step.dataset.from) { close(); return; }
      location.hash = `from-${step.dataset.from}`;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !drawer.hidden && !typing(event.target) && !document.querySelector("dialog[open]")) { close(); event.preventDefault(); }
    });
    open();
  }

  // One of our subjects is put into its field, where it can be changed before it is saved.
  for (const each of document.querySelectorAll("[data-fill]")) each.addEventListener("click", (event) => {
    const field = document.getElementById(each.dataset.fill);
    event.preventDefault();
    field.value = each.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  // Passkeys: the device answers the challenge of an address of ours, and its answer goes off with the form.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const plain = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const answered = async (address) => {
    const { publicKey } = await (await fetch(address)).json();
    publicKey.challenge = bytes(publicKey.challenge);
    for (const each of publicKey.excludeCredentials ?? []) each.id = bytes(each.id);
    if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
    const { id, rawId, type, response } = await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey });
    const said = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) said[name] = plain(response[name]);
    }
    return JSON.stringify({ id, rawId: plain(rawId), type, response: said, clientExtensionResults: {} });
  };
  for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
    form.hidden = false;
    if (form.parentElement.matches("[data-passkeys]")) form.parentElement.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.sent) return;
      const fault = form.querySelector("[role=alert]");
      fault.hidden = true;
      try {
        form.elements.answer.value = await answered(form.dataset.passkey);
        form.submit();
      } catch { delete form.dataset.sent; fault.hidden = false; }
    });
  }

  const zone = document.querySelector("select[data-zone]");
  if (zone && zone.value === "UTC") {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((each) => each.value === mine)) zone.value = mine;
  }

  const dialog = document.getElementById("keys"), button = document.querySelector("[data-keys]");
  if (button && dialog) { button.hidden = false; button.addEventListener("click", () => dialog.showModal()); }

  // On a phone the names of the pages are one line that scrolls: the present one is in sight.
  const here = document.querySelector(".bar [aria-current]"), line = here?.parentElement;
  if (line) line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;

  // A post is dragged to a day of the calendar: it takes the slot that it is dropped on, else the day's first free one.
  const moving = document.getElementById("move");
  for (const each of document.querySelectorAll("[data-scripted]")) each.hidden = false;
  if (moving) {
    let draft = "", lane = "";
    const slotOf = (target) => {
      const day = target.closest(".day"), mine = `[data-due][data-lane="${CSS.escape(lane)}"]`;
      return draft && day ? target.closest(mine) || day.querySelector(mine) : null;
    };
    const clear = () => document.querySelectorAll(".day.over").forEach((day) => day.classList.remove("over"));
    document.addEventListener("dragstart", (event) => {
      const dragged = event.target.closest?.("[data-draft]");
      if (!dragged) return;
      ({ draft, lane } = dragged.dataset);
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", draft);
      for (const day of document.querySelectorAll(".day")) day.classList.toggle("takes", Boolean(slotOf(day)));
    });
    document.addEventListener("dragover", (event) => {
      const slot = slotOf(event.target), day = event.target.closest(".day");
      clear();
      if (!slot) return;
      event.preventDefault();
      day.dataset.at = `${slot.querySelector("time").textContent} on ${lane}`;
      day.classList.add("over");
    });
    document.addEventListener("drop", (event) => {
      const slot = slotOf(event.target);
      if (!slot) return;
      event.preventDefault();
      moving.action = `/drafts/${draft}/slot`;
      moving.elements.due.value = slot.dataset.due;
      moving.submit();
    });
    document.addEventListener("dragend", () => { draft = ""; clear(); document.querySelectorAll(".takes").forEach((day) => day.classList.remove("takes")); });
  }

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
    // Out of a field: Control and Enter save what was typed, Escape gives the keys back.
    const written = typing(event.target) && event.target.closest("form.edit");
    if (written && event.key === "Enter" && (event.ctrlKey || event.metaKey)) { written.requestSubmit(); event.preventDefault(); return; }
    if (written && event.key === "Escape") { event.target.blur(); return; }
    const row = event.altKey && event.key.startsWith("Arrow") && event.target.closest?.("[data-order] > li");
    if (row && (event.key === "ArrowUp" || event.key === "ArrowDown")) { moved(row, event.key === "ArrowUp" ? -1 : 1); event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || dialog?.open) return;
    const key = event.key;
    if (waiting === "g") { waiting = ""; if (go[key]) { location.href = go[key]; event.preventDefault(); } return; }
    if (key === "g") { waiting = "g"; setTimeout(() => { waiting = ""; }, 1500); return; }
    if (key === "?") { dialog?.showModal(); event.preventDefault(); return; }
    if (key === "j" || key === "k") { walk(key === "j" ? 1 : -1); event.preventDefault(); return; }
    const move = key === "m" && rows[at]?.querySelector(".move");
    if (move) { move.click(); event.preventDefault(); return; }
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
    else if (target.matches("button")) target.click();
    else if (target.matches("a")) target.click();
    else target.focus();
  });
})();
