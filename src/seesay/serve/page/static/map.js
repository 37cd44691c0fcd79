"use strict";

// The map of items on a canvas: little pictures where they are few, dots where they are many.
const FEW = 160;
const MANY = 4000;
const REACH = 28;
const root = document.querySelector("[data-map]");
const canvas = root.querySelector("canvas");
const pointed = root.querySelector(".pointed");
const legend = root.querySelector(".legend");
const pen = canvas.getContext("2d");
const still = new Map();
let points = [];
let groups = [];
let colours = [];
let only = -1;
let current = -1;
let timer = 0;

const itemPath = (id) => id.split("/").map(encodeURIComponent).join("/");
const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });

function place(point) {
  const { width, height } = size();
  const margin = points.length <= FEW ? 44 : 18;
  return [margin + point.x * (width - 2 * margin), margin + point.y * (height - 2 * margin)];
}

function readColours() {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const probe = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  legend.append(probe);
  colours = Array.from({ length: 12 }, (_, number) => {
    probe.setAttribute("class", `k${number}`);
    return getComputedStyle(probe).fill;
  });
  probe.remove();
  return { ink: style("--ink"), paper: style("--raised") };
}

function drawPicture(point, x, y, large) {
  const picture = still.get(point.id);
  const wide = (large ? 84 : 54) * Math.min(1, 0.35 + size().width / 1400);
  const high = (wide * 9) / 16;
  const frame = picture.naturalWidth / point.frames;
  const side = Math.min(frame / 16, picture.naturalHeight / 9);
  const [w, h] = [side * 16, side * 9];
  const left = frame * Math.floor(point.frames / 2) + (frame - w) / 2;
  const box = [x - wide / 2, y - high / 2, wide, high];
  pen.save();
  pen.beginPath();
  pen.roundRect(...box, 5);
  pen.clip();
  pen.drawImage(picture, left, (picture.naturalHeight - h) / 2, w, h, ...box);
  pen.restore();
  pen.beginPath();
  pen.roundRect(...box, 5);
  pen.lineWidth = large ? 4 : 2.5;
  pen.strokeStyle = colours[point.group];
  pen.stroke();
}

function dot() {
  if (points.length <= FEW) return 7;
  return points.length <= MANY ? 4 : 1.8;
}

function drawPoint(number, theme) {
  const point = points[number];
  const [x, y] = place(point);
  const here = number === current;
  pen.globalAlpha = only < 0 || point.group === only || here ? 1 : 0.13;
  if (still.get(point.id)?.naturalWidth) {
    drawPicture(point, x, y, here);
  } else {
    pen.beginPath();
    pen.arc(x, y, here ? 9 : dot(), 0, 7);
    pen.fillStyle = colours[point.group];
    pen.fill();
    if (here) {
      pen.lineWidth = 3;
      pen.strokeStyle = theme.ink;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

function draw() {
  const { width, height } = size();
  const sharp = window.devicePixelRatio || 1;
  canvas.width = width * sharp;
  canvas.height = height * sharp;
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  const theme = readColours();
  points.forEach((_, number) => number !== current && drawPoint(number, theme));
  if (current >= 0) drawPoint(current, theme);
}

function point(number) {
  if (number === current || number < 0) return;
  current = number;
  draw();
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const answer = await fetch(`/peek?item=${encodeURIComponent(points[number].id)}`);
    if (answer.ok && number === current) pointed.innerHTML = await answer.text();
  }, 80);
}

function nearest(x, y, reach) {
  let best = -1;
  let least = reach * reach;
  points.forEach((one, number) => {
    const [left, top] = place(one);
    const distance = (left - x) ** 2 + (top - y) ** 2;
    if (distance < least) [best, least] = [number, distance];
  });
  return best;
}

function step(right, down) {
  if (current < 0) return point(nearest(size().width / 2, size().height / 2, Infinity));
  const [x, y] = place(points[current]);
  let best = -1;
  let least = Infinity;
  points.forEach((one, number) => {
    if (number === current) return;
    const [left, top] = place(one);
    const ahead = (left - x) * right + (top - y) * down;
    const aside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
    if (ahead > 0 && ahead + 2 * aside < least) [best, least] = [number, ahead + 2 * aside];
  });
  point(best);
}

const open = () => current >= 0 && window.location.assign(`/items/${itemPath(points[current].id)}`);
const under = (event) => nearest(event.offsetX, event.offsetY, REACH);

function makeLegend() {
  legend.replaceChildren();
  groups.forEach((name, number) => {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const part of ["width", "height"]) dot.setAttribute(part, 12);
    const circle = dot.appendChild(document.createElementNS(dot.namespaceURI, "circle"));
    for (const part of ["cx", "cy"]) circle.setAttribute(part, 6);
    circle.setAttribute("class", `k${number}`);
    button.append(dot, name);
    button.addEventListener("click", () => {
      only = only === number ? -1 : number;
      [...legend.querySelectorAll("button")].forEach((other, place) =>
        other.setAttribute("aria-pressed", String(place === only)),
      );
      draw();
    });
    entry.append(button);
    legend.append(entry);
  });
}

function loadPictures() {
  if (points.length > FEW) return;
  for (const one of points.filter((other) => other.frames)) {
    const picture = new Image();
    picture.addEventListener("load", draw);
    picture.src = `/poster/${itemPath(one.id)}`;
    still.set(one.id, picture);
  }
}

async function start() {
  const answer = await fetch(root.dataset.map);
  if (!answer.ok) {
    pointed.textContent = "The map could not be loaded.";
    return;
  }
  const data = await answer.json();
  groups = data.groups;
  points = data.points.map(([id, x, y, group, frames]) => ({ id, x, y, group, frames }));
  makeLegend();
  loadPictures();
  draw();
  point(nearest(size().width / 2, size().height / 2, Infinity));
  root.dataset.ready = String(points.length);
  new ResizeObserver(draw).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
canvas.addEventListener("pointermove", (event) => point(under(event)));
canvas.addEventListener("click", (event) => {
  const found = under(event);
  if (found >= 0 && found === current) open();
  else point(found);
});
canvas.addEventListener("keydown", (event) => {
  if (event.key in STEPS) {
    event.preventDefault();
    step(...STEPS[event.key]);
  } else if (event.key === "Enter") open();
});
start();
