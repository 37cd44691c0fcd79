"use strict";

// Long words open in place; the button stands only where something is cut off.
function clampWords(root) {
  for (const words of root.querySelectorAll("[data-clamp]")) {
    if (words.dataset.clamp || words.scrollHeight <= words.clientHeight + 4) continue;
    words.dataset.clamp = "on";
    words.classList.add("cut");
    const more = document.createElement("button");
    more.type = "button";
    more.className = "more";
    const show = (open) => {
      words.classList.toggle("open", open);
      more.setAttribute("aria-expanded", String(open));
      more.textContent = open ? "Fewer words" : "All the words";
    };
    more.addEventListener("click", () => show(!words.classList.contains("open")));
    words.after(more);
    show(false);
  }
}

// Who gave a view by keyboard is told what came of it, and goes on from there.
document.addEventListener("htmx:afterSettle", (event) => {
  const feed = document.getElementById("feed");
  if (!feed) return;
  clampWords(feed);
  if (event.detail.target.id === "feed") {
    const said = feed.querySelector(".said");
    said.focus({ preventScroll: true });
    said.scrollIntoView({ block: "center", behavior: "auto" });
  }
});

// A view that was not kept, say for want of a key that may write, must not pass in silence.
function sayNotKept(event) {
  const said = document.querySelector("#feed .said");
  said.textContent = `It was not kept. ${explained(event.detail.xhr)}`;
  said.scrollIntoView({ block: "center" });
}
document.addEventListener("htmx:responseError", sayNotKept);
document.addEventListener("htmx:sendError", sayNotKept);

function parsed(request) {
  try {
    return JSON.parse(request.responseText) ?? {};
  } catch {
    return {};
  }
}

// What the service says of an error (problem+json), or what little is known.
function explained(request) {
  const told = parsed(request);
  const texts = [told.detail, told.remedy].filter((text) => typeof text === "string");
  if (texts.length) return texts.join(" ");
  return request.status ? `The service answered ${request.status}.` : "The service cannot be reached.";
}

function sayFault(form, text) {
  form.querySelector(".fault").textContent = text;
  form.querySelector(".said").textContent = "";
  form.querySelector("progress").hidden = true;
  form.querySelector("button").disabled = false;
}

function answered(form, request) {
  const answer = parsed(request);
  if (request.status >= 200 && request.status < 300 && answer.item_id) {
    const path = answer.item_id.split("/").map(encodeURIComponent).join("/");
    window.location.assign(`/items/${path}`);
    return;
  }
  sayFault(form, explained(request));
}

function upload(form) {
  const request = new XMLHttpRequest();
  const progress = form.querySelector("progress");
  const said = form.querySelector(".said");
  form.querySelector(".fault").textContent = "";
  form.querySelector("button").disabled = true;
  said.textContent = "Sending the file";
  progress.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
  });
  request.upload.addEventListener("load", () => {
    progress.removeAttribute("value");
    said.textContent = "Looking, listening and putting it into words. This takes some seconds.";
  });
  request.addEventListener("load", () => answered(form, request));
  request.addEventListener("error", () => sayFault(form, explained(request)));
  request.open("POST", form.action);
  request.send(new FormData(form));
}

clampWords(document);
document.querySelector("[data-add]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  upload(event.currentTarget);
});
