// Comforts only: everything on the page works without this file.
(function () {
  "use strict";
  const links = () => Array.from(document.querySelectorAll(".list .what a"));
  const typing = (at) => at.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  function move(step) {
    const all = links();
    if (!all.length) return;
    const row = document.activeElement.closest(".list li");
    const now = row ? all.findIndex((one) => row.contains(one)) : -1;
    all[Math.max(0, Math.min(all.length - 1, now + step))].focus();
  }

  function nextDoubt() {
    const all = Array.from(document.querySelectorAll(".field.doubtful, .field.faulty"));
    const inside = all.findIndex((one) => one.contains(document.activeElement));
    const field = all[(inside + 1) % all.length];
    const target = field && field.querySelector("input, select, textarea");
    if (target) { target.focus(); field.scrollIntoView({ block: "nearest" }); }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const row = event.target.closest(".list li");
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "n") nextDoubt();
    else if (event.key === "x" && row && row.querySelector("input:not(:disabled)")) row.querySelector("input").click();
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "every") return;
    document.querySelectorAll(".list input[name=chosen]:not(:disabled)").forEach((one) => { one.checked = event.target.checked; });
  });

  document.addEventListener("change", () => {
    const count = document.querySelectorAll(".list input[name=chosen]:checked").length;
    const told = document.getElementById("ticked");
    if (told) told.textContent = count ? "(" + count + ")" : "";
  });

  document.addEventListener("click", (event) => {
    const page = event.target.closest(".papers a");
    if (!page || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const pane = page.closest(".papers");
    const box = page.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    if (pane.classList.toggle("large")) {
      const grown = page.querySelector("img").getBoundingClientRect(), at = pane.getBoundingClientRect();
      pane.scrollLeft += grown.left - at.left + grown.width * across - at.width / 2;
      pane.scrollTop += grown.top - at.top + grown.height * down - at.height / 2;
    }
  });

  // Where something does not fit, the first such place is at hand.
  const wrong = document.querySelector("#answer .faulty :is(input, select, textarea):not([type=hidden])");
  if (wrong) wrong.focus();

  // What was typed is not lost by a slip.
  let touched = false;
  document.addEventListener("input", (event) => { if (event.target.closest("#answer")) touched = true; });
  document.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });

  // One click is one decision: the buttons rest while the answer is on its way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((one) => { one.disabled = false; }));
})();
