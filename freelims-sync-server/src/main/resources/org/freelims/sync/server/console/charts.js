// Line charts of the last minutes, in SVG.
import { element } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 300;
const WIDTH = 300;
const HEIGHT = 100;

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

/** A round number not below the value: 1, 2 or 5 times a power of ten. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}

/** One chart with two lines, a value a second each. */
export class Chart {
  #format;
  #names;
  #values = [];
  #paths;
  #legends;
  #top = element('span');
  #plot;
  #least;

  /** `least`: the top of the scale is never lower. */
  constructor(figure, title, names, format, least) {
    this.#format = format;
    this.#names = names;
    this.#least = least;
    this.#legends = names.map((name, i) => element('span', i === 0 ? 'legend' : 'legend two', name));
    this.#plot = svg('svg', {
      class: 'plot',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
    });
    [0.5, HEIGHT / 2, HEIGHT - 0.5].forEach((y) =>
      this.#plot.append(svg('line', { x1: 0, x2: WIDTH, y1: y, y2: y })),
    );
    this.#paths = names.map((_, i) => svg('path', i === 0 ? {} : { class: 'two' }));
    this.#plot.append(...this.#paths);
    figure.replaceChildren(
      element('figcaption', '', element('strong', '', title), ...this.#legends),
      this.#plot,
      element('div', 'axis', element('span', '', '5 minutes ago'), this.#top, element('span', '', 'now')),
    );
    this.#paint();
  }

  /** Adds a value for each line; undefined leaves a gap. */
  add(...values) {
    this.#values.push(values);
    if (this.#values.length > POINTS) {
      this.#values.shift();
    }
    this.#paint();
  }

  #paint() {
    const all = this.#values.flat().filter((value) => value !== undefined);
    const most = ceiling(Math.max(this.#least, ...all));
    this.#top.textContent = `top: ${this.#format(most)}`;
    const latest = this.#values.at(-1) ?? [];
    this.#names.forEach((name, i) => {
      this.#paths[i].setAttribute('d', this.#line(i, most));
      this.#legends[i].textContent = `${name} ${latest[i] === undefined ? '–' : this.#format(latest[i])}`;
    });
    this.#plot.setAttribute('aria-label', this.#legends.map((l) => l.textContent).join(', '));
  }

  #line(i, most) {
    const first = POINTS - this.#values.length;
    let drawing = false;
    return this.#values
      .map((values, n) => {
        if (values[i] === undefined) {
          drawing = false;
          return '';
        }
        const x = ((first + n) / (POINTS - 1)) * WIDTH;
        const y = HEIGHT - (values[i] / most) * (HEIGHT - 2) - 1;
        const step = drawing ? 'L' : 'M';
        drawing = true;
        return `${step}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join('');
  }
}
