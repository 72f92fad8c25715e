// The countries as outlines on a map of the world, made when the bundle is built; no browser runs this.
// Natural Earth at 1:110 million, and at 1:50 million what is too small for that, by ISO 3166-1 numeric code.
import { geoEqualEarth, geoPath } from "d3-geo";
import { readFileSync } from "node:fs";
import { feature } from "topojson-client";

// The frame of kg/web/earth.py, which draws on the same map; in tenths of a pixel, so that all numbers are whole.
const FRAME = [9600, 4680, 1770];
const SMALL = 60;

export const made = ["world-atlas", "topojson-client", "d3-geo"].map((name) => `node_modules/${name}`);

export function world() {
  const [width, height, scale] = FRAME;
  const projection = geoEqualEarth().scale(scale).translate([width / 2, height / 2]).precision(5);
  const shapes = {};
  const spots = {};
  let rest = "";
  const coarse = countries("110m");
  const there = new Set(coarse.map(({ id }) => id));
  for (const country of [...coarse, ...countries("50m").filter(({ id }) => id && !there.has(id))]) {
    const pen = new Pen();
    const path = geoPath(projection, pen);
    path(country);
    if (!country.id) {
      rest += pen.path;
      continue;
    }
    shapes[country.id] = (shapes[country.id] ?? "") + pen.path;
    const [[west, north], [east, south]] = path.bounds(country);
    if (east - west < SMALL && south - north < SMALL) spots[country.id] = path.centroid(country).map(Math.round);
  }
  return { frame: FRAME, shapes, spots, rest };
}

function countries(scale) {
  const topology = JSON.parse(readFileSync(`node_modules/world-atlas/countries-${scale}.json`, "utf8"));
  return feature(topology, topology.objects.countries).features;
}

// Writes a path in whole numbers, each step from the one before.
class Pen {
  path = "";
  #at = [0, 0];
  #command = "";

  beginPath() {}

  moveTo(x, y) {
    this.#at = [Math.round(x), Math.round(y)];
    this.path += `M${this.#at.join(" ")}`;
    this.#command = "M";
  }

  lineTo(x, y) {
    const [right, down] = [Math.round(x) - this.#at[0], Math.round(y) - this.#at[1]];
    if (!right && !down) return;
    const space = this.#command === "l" && right >= 0 ? " " : "";
    this.path += (this.#command === "l" ? "" : "l") + `${space}${right}${down < 0 ? "" : " "}${down}`;
    this.#command = "l";
    this.#at = [this.#at[0] + right, this.#at[1] + down];
  }

  closePath() {
    this.path += "Z";
    this.#command = "Z";
  }
}
