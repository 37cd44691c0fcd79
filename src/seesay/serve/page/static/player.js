"use strict";

// Frames and moments on a line below the player; a click on either goes there.
const video = document.querySelector("[data-player] video");
const film = document.querySelector("[data-film]");
const line = document.querySelector(".line");
const links = [...document.querySelectorAll("[data-start]")];
const SVG = "http://www.w3.org/2000/svg";

function rect(className, x, width, y, height) {
  const shape = document.createElementNS(SVG, "rect");
  shape.setAttribute("class", className);
  shape.setAttribute("rx", 2);
  for (const [name, value] of Object.entries({ x: `${x}%`, width, y, height })) {
    shape.setAttribute(name, value);
  }
  return line.appendChild(shape);
}

function seek(second) {
  video.currentTime = second;
  video.play().catch(() => {});
}

function drawLine() {
  const at = (second) => (100 * Math.min(second, video.duration)) / video.duration;
  const height = line.clientHeight;
  rect("track", 0, "100%", height / 2 - 3, 6);
  const bars = links.map((link) => {
    const start = at(Number(link.dataset.start));
    const width = Math.max(at(Number(link.dataset.end)) - start, 0.8);
    const bar = rect("moment", start, `${width}%`, 3, height - 6);
    bar.appendChild(document.createElementNS(SVG, "title")).textContent = link.textContent;
    return bar;
  });
  const head = rect("head", 0, 4, 0, height);
  const follow = () => {
    head.setAttribute("x", `${at(video.currentTime)}%`);
    links.forEach((link, place) => {
      const now =
        video.currentTime >= Number(link.dataset.start) - 0.05 &&
        video.currentTime < Number(link.dataset.end);
      bars[place].classList.toggle("now", now);
      if (now) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  video.addEventListener("timeupdate", follow);
  follow();
}

if (video && film) {
  if (video.readyState >= 1) drawLine();
  else video.addEventListener("loadedmetadata", drawLine, { once: true });
  film.addEventListener("click", (event) => {
    const box = film.getBoundingClientRect();
    const bar = [...line.querySelectorAll(".moment")].indexOf(event.target);
    if (bar >= 0) seek(Number(links[bar].dataset.start));
    else if (video.duration) seek((video.duration * (event.clientX - box.left)) / box.width);
  });
}
for (const link of links) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    seek(Number(link.dataset.start));
  });
}
