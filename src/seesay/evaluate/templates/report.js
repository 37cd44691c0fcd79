for (const map of document.querySelectorAll(".map")) {
  const drawing = map.querySelector("svg");
  const told = map.querySelector(".told");
  const dots = [...drawing.querySelectorAll("circle")];
  const buttons = [...map.querySelectorAll("button")];
  let current = null;

  const tell = (dot) => {
    current?.classList.remove("on");
    current = dot;
    dot.classList.add("on");
    const [title, ...rest] = dot.textContent.split("\n").filter(Boolean);
    const head = document.createElement("strong");
    head.textContent = title;
    const lines = rest.map((line) => {
      const part = document.createElement("span");
      part.textContent = line;
      return part;
    });
    told.replaceChildren(head, ...lines);
  };

  const nearest = (east, south) => {
    const place = (dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value];
    const [x, y] = place(current);
    let best = null;
    let least = Infinity;
    for (const dot of dots) {
      if (dot === current || dot.classList.contains("dim")) continue;
      const [right, down] = [place(dot)[0] - x, place(dot)[1] - y];
      const ahead = right * east + down * south;
      const aside = Math.abs(right * south) + Math.abs(down * east);
      if (ahead <= 0 || aside > 2 * ahead) continue;
      const distance = ahead + 2 * aside;
      if (distance < least) [best, least] = [dot, distance];
    }
    return best;
  };

  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  for (const event of ["pointerover", "click"]) {
    drawing.addEventListener(event, ({ target }) => {
      const dot = target.closest("circle");
      if (dot) tell(dot);
    });
  }
  drawing.addEventListener("keydown", (event) => {
    if (!(event.key in ways)) return;
    event.preventDefault();
    const next = current ? nearest(...ways[event.key]) : dots.find((dot) => !dot.matches(".dim"));
    if (next) tell(next);
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const only = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", other === button && only);
      for (const dot of dots) {
        dot.classList.toggle("dim", only && !dot.classList.contains(button.dataset.kind));
      }
    });
  }
}
