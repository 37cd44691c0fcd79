const reach = 30;
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

  const place = (dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value];
  const least = (distance) => {
    let [found, lowest] = [null, Infinity];
    for (const dot of dots) {
      const far = dot.classList.contains("dim") ? Infinity : distance(...place(dot));
      if (far < lowest) [found, lowest] = [dot, far];
    }
    return found;
  };
  const towards = (east, south) => {
    const [x, y] = place(current);
    return least((otherX, otherY) => {
      const ahead = (otherX - x) * east + (otherY - y) * south;
      const aside = Math.abs((otherX - x) * south) + Math.abs((otherY - y) * east);
      return ahead <= 0 || aside > 2 * ahead ? Infinity : ahead + 2 * aside;
    });
  };
  const point = ({ clientX, clientY }) => {
    const at = new DOMPoint(clientX, clientY).matrixTransform(drawing.getScreenCTM().inverse());
    const near = (x, y) => Math.hypot(x - at.x, y - at.y);
    const dot = least((x, y) => (near(x, y) < reach ? near(x, y) : Infinity));
    if (dot) tell(dot);
  };

  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("click", point);
  drawing.addEventListener("keydown", (event) => {
    if (!(event.key in ways)) return;
    event.preventDefault();
    const next = current ? towards(...ways[event.key]) : least(() => 0);
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
