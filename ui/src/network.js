// <kg-network>: makes the picture of a network that the server drew movable. Without it, the picture stands still.

import { drag } from "d3-drag";
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { make } from "./dom.js";
import { W } from "./words.js";

const ARROWS = { ArrowRight: 0, ArrowDown: Math.PI / 2, ArrowLeft: Math.PI, ArrowUp: -Math.PI / 2 };
const TYPED = 2; // characters that are enough to propose names
const SCALE = 2; // pixels of a bitmap for one of the picture

class Network extends HTMLElement {
  connectedCallback() {
    if (this.furnished) return;
    this.furnished = true;
    for (const field of this.querySelectorAll("input[type=search]")) this.propose(field);
    const svg = this.querySelector("svg.network");
    if (svg) this.move(svg);
  }

  disconnectedCallback() {
    this.simulation?.stop();
  }

  /** Propose names while someone types into a field. */
  propose(field) {
    const list = make("datalist", { id: `${field.id}-names` });
    field.after(list);
    field.setAttribute("list", list.id);
    let turn = 0;
    field.addEventListener("input", async () => {
      const mine = ++turn;
      const typed = field.value.trim();
      await new Promise((done) => setTimeout(done, 150));
      if (mine !== turn || typed.length < TYPED) return;
      const kinds = [...this.querySelectorAll("input[name=kind]")].map(({ value }) => ["type", value]);
      const asked = new URLSearchParams([["q", typed], ["limit", 12], ...kinds]);
      const answer = await fetch(`${this.dataset.search}?${asked}`).catch(() => null);
      if (!answer?.ok || mine !== turn) return;
      const { results } = await answer.json();
      list.replaceChildren(...results.map(({ label, types, match }) =>
        make("option", { value: label, label: [match.text === label ? "" : match.text, types[0]?.label].filter(Boolean).join(" · ") })));
    });
  }

  move(svg) {
    const things = [...svg.querySelectorAll(".things a")];
    this.nodes = things.map((link) => {
      const [x, y] = link.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
      return { link, x, y, near: new Set(), lines: new Set() };
    });
    this.lines = [...svg.querySelectorAll(".ties line")].map((line) => {
      const [source, target] = line.dataset.ends.split(" ").map((number) => this.nodes[number]);
      source.near.add(target);
      target.near.add(source);
      source.lines.add(line);
      target.lines.add(line);
      return { line, source, target };
    });
    this.svg = svg;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    this.simulation = forceSimulation(this.nodes)
      .force("ties", forceLink(this.lines).distance(60).strength(0.15))
      .force("apart", forceManyBody().strength(-60).distanceMax(220).theta(1))
      .force("room", forceCollide(14))
      .force("x", forceX(width / 2).strength(0.02))
      .force("y", forceY(height / 2).strength(0.035))
      .on("tick", () => this.place())
      .stop();
    this.draggable();
    this.zoomable(width, height);
    this.nodes.forEach((node) => this.watch(node));
    this.tools();
  }

  /** Put everything where it is now. */
  place() {
    for (const { link, x, y } of this.nodes) link.setAttribute("transform", `translate(${round(x)} ${round(y)})`);
    for (const { line, source, target } of this.lines) {
      line.setAttribute("x1", round(source.x));
      line.setAttribute("y1", round(source.y));
      line.setAttribute("x2", round(target.x));
      line.setAttribute("y2", round(target.y));
    }
  }

  draggable() {
    const dragging = drag()
      .container(this.svg.querySelector(".drawn"))
      .clickDistance(4)
      .subject((event, node) => node)
      .on("drag", (event, node) => {
        if (!this.calm) this.simulation.alphaTarget(0.15).restart();
        node.fx = node.x = event.x;
        node.fy = node.y = event.y;
        if (this.calm) this.place();
      })
      .on("end", (event, node) => {
        this.simulation.alphaTarget(0);
        node.fx = node.fy = null;
      });
    select(this.svg).selectAll(".things a").data(this.nodes).call(dragging).on("dragstart", (event) => event.preventDefault());
  }

  zoomable() {
    const drawn = this.svg.querySelector(".drawn");
    this.zooming = zoom()
      .scaleExtent([0.4, 6])
      .filter((event) => {
        if (event.type === "wheel") return event.ctrlKey || event.metaKey;
        return event.touches ? event.touches.length > 1 : !event.button; // one finger scrolls the page
      })
      .on("zoom", ({ transform }) => drawn.setAttribute("transform", transform.toString()));
    select(this.svg).call(this.zooming).on("dblclick.zoom", null);
  }

  /** Show what is tied to a thing that is pointed at, and go from it along its ties. */
  watch(node) {
    const light = (on) => {
      this.svg.classList.toggle("lit", on);
      node.link.classList.toggle("lit", on);
      for (const { link } of node.near) link.classList.toggle("near", on);
      for (const line of node.lines) line.classList.toggle("near", on);
    };
    for (const name of ["pointerenter", "focus"]) node.link.addEventListener(name, () => light(true));
    for (const name of ["pointerleave", "blur"]) node.link.addEventListener(name, () => light(false));
    node.link.addEventListener("keydown", (event) => {
      const wanted = ARROWS[event.key];
      if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      const next = towards(node, wanted);
      event.preventDefault();
      next?.link.focus();
    });
  }

  tools() {
    const button = (label, onclick) => make("button", { type: "button", class: "other", onclick }, label);
    const by = (factor) => () => select(this.svg).call(this.zooming.scaleBy, factor);
    const whole = () => select(this.svg).call(this.zooming.transform, zoomIdentity);
    const bar = make("p", { class: "row tools" },
      button(W.nearer, by(1.4)), button(W.farther, by(1 / 1.4)), button(W.whole, whole), button(W.loosen, () => this.loosen()));
    this.svg.closest("figure").before(bar);
    this.querySelector(".files").prepend(button(W.bitmap, () => this.bitmap()), " ");
  }

  /** Arrange everything anew from where it is. */
  loosen() {
    this.simulation.alpha(0.6);
    if (!this.calm) this.simulation.restart();
    else {
      this.simulation.tick(150);
      this.place();
    }
  }

  /** Save the picture as it is now as a PNG. */
  async bitmap() {
    const copy = this.svg.cloneNode(true);
    const { width, height } = this.svg.viewBox.baseVal;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    for (const hidden of copy.querySelectorAll(".crowded text")) hidden.remove();
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    const canvas = make("canvas", { width: width * SCALE, height: height * SCALE });
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    const data = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const href = URL.createObjectURL(data);
    make("a", { href, download: "network.png" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }
}

function round(number) {
  return Math.round(number * 10) / 10;
}

/** The tied thing that lies best in a direction (an angle, clockwise from the right); else none. */
function towards(node, wanted) {
  let best = null;
  let least = Infinity;
  for (const other of node.near) {
    const [dx, dy] = [other.x - node.x, other.y - node.y];
    const off = Math.abs(Math.atan2(Math.sin(Math.atan2(dy, dx) - wanted), Math.cos(Math.atan2(dy, dx) - wanted)));
    const cost = Math.hypot(dx, dy) * (1 + 2 * off);
    if (off <= Math.PI / 2.9 && cost < least) [best, least] = [other, cost];
  }
  return best;
}

customElements.define("kg-network", Network);
