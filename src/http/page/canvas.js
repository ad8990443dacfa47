// The drawing board: a picture with boxes on it, edited by touch, mouse or keyboard.
//
// Boxes are [x, y, width, height] in pixels of the frame, whatever size the picture was loaded in.
// The board draws and edits `labels`; it knows nothing of saving.

const HANDLE = 9; // drawn radius of a corner, CSS pixels
const REACH = 26; // how near a finger must come to take it
const SLOP = 7; // movement that makes a tap a drag
const SMALLEST = 4; // side of a box, frame pixels
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Board {
  /**
   * `host`: `colour(category)`, `make(bbox)` → label or null, `change()` after an edit, `select(label)`, `accept(proposal)`,
   * `reject(label)`, `painted()` when another frame is in view; `may()`: whether the user may edit; `ready()`: whether just
   * now, and says why not; `lost()` when a stroke under way was ended.
   */
  constructor(canvas, host) {
    this.canvas = canvas;
    this.host = host;
    this.labels = [];
    this.proposals = [];
    this.nameless = []; // drawn, and waiting for a category
    this.selected = null;
    this.image = null;
    this.size = [4, 3];
    this.pointers = new Map();
    this.gesture = null;
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.up(event));
    canvas.addEventListener('pointercancel', (event) => this.up(event, true));
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    canvas.addEventListener('keydown', (event) => this.key(event));
    // Without this a browser takes a quick stroke for a fling, and swallows the next tap on the page.
    canvas.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** Shows another frame: an image (null while it loads), its true size, labels and proposals. */
  show(image, size, labels, proposals) {
    this.stop();
    Object.assign(this, { image, size, labels, proposals, fresh: true });
    this.select(null);
    this.fit();
  }

  /** Other labels for the same frame; what is selected stays so where `selected` says it is still there. */
  set(labels, proposals, selected = null) {
    this.stop();
    Object.assign(this, { labels, proposals });
    this.select(selected);
  }

  /** Ends a stroke under way, as the frame goes from under it. */
  stop() {
    if (this.gesture?.kind === 'drag') this.host.lost();
    this.abandon();
  }

  select(label) {
    this.selected = label;
    this.host.select(label);
    this.draw();
  }

  remove() {
    if (!this.selected || !this.host.may() || !this.host.ready()) return;
    this.labels.splice(this.labels.indexOf(this.selected), 1);
    this.select(null);
    this.host.change();
  }

  fit() {
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    this.draw();
  }

  // ---- coordinates ----

  /** CSS pixels per frame pixel, and where the frame's corner lies. */
  view() {
    const [w, h] = this.size;
    const { clientWidth: cw, clientHeight: ch } = this.canvas;
    const scale = Math.min(cw / w, ch / h) * this.zoom;
    const place = (box, frame, at) => (frame * scale <= box + 0.5 ? (box - frame * scale) / 2 : clamp(box / 2 - at * frame * scale, box - frame * scale, 0));
    return { scale, x: place(cw, w, this.centre[0]), y: place(ch, h, this.centre[1]) };
  }
  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }
  toFrame([x, y]) {
    const view = this.view();
    return [clamp((x - view.x) / view.scale, 0, this.size[0]), clamp((y - view.y) / view.scale, 0, this.size[1])];
  }
  /** A box on the canvas: left, top, right, bottom. */
  onCanvas([x, y, w, h]) {
    const v = this.view();
    return [v.x + x * v.scale, v.y + y * v.scale, v.x + (x + w) * v.scale, v.y + (y + h) * v.scale];
  }
  /** Corner handles; pushed outwards on small boxes so that their inside can still be taken. */
  corners(bbox) {
    const [l, t, r, b] = this.onCanvas(bbox);
    const out = Math.max(0, Math.min(16, (70 - Math.min(r - l, b - t)) / 2));
    return [[l - out, t - out], [r + out, t - out], [r + out, b + out], [l - out, b + out]];
  }
  /** Keeps the point under the fingers where it is while zooming. */
  zoomAt(factor, [px, py], [dx, dy] = [0, 0]) {
    const before = this.view();
    const fx = (px - dx - before.x) / before.scale, fy = (py - dy - before.y) / before.scale;
    const scale = before.scale / this.zoom;
    this.zoom = clamp(this.zoom * factor, 1, 12);
    const { clientWidth: cw, clientHeight: ch } = this.canvas;
    this.centre = [(cw / 2 - px) / (scale * this.zoom * this.size[0]) + fx / this.size[0], (ch / 2 - py) / (scale * this.zoom * this.size[1]) + fy / this.size[1]];
    const after = this.view(); // clamped: keep what can be seen
    this.centre = [(cw / 2 - after.x) / (after.scale * this.size[0]), (ch / 2 - after.y) / (after.scale * this.size[1])];
    this.draw();
  }

  // ---- pointers ----

  down(event) {
    if (!this.image || (event.pointerType === 'mouse' && event.button !== 0)) return;
    if (this.host.may() && !this.host.ready()) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const point = this.at(event);
    this.pointers.set(event.pointerId, point);
    this.touch = event.pointerType !== 'mouse';
    if (this.pointers.size === 2) {
      this.abandon();
      this.gesture = { kind: 'pinch', ...this.spread() };
      return;
    }
    if (this.pointers.size > 2) return;
    this.gesture = { kind: 'tap', start: point, point, ...this.grip(point) };
  }

  /** What lies under a finger: a corner or the inside of the selected box, else ground to draw on. */
  grip(point) {
    if (!this.host.may()) return { grip: 'look' };
    const bbox = this.selected?.bbox;
    if (!bbox) return { grip: 'draw' };
    const distances = this.corners(bbox).map(([x, y]) => Math.hypot(x - point[0], y - point[1]));
    const corner = distances.indexOf(Math.min(...distances));
    const [l, t, r, b] = this.onCanvas(bbox);
    const inside = point[0] >= l && point[0] <= r && point[1] >= t && point[1] <= b;
    // Inside a small box the corners reach less far, or it could not be moved.
    const reach = this.touch ? (inside ? Math.min(REACH, Math.min(r - l, b - t) / 3) : REACH) : HANDLE + 5;
    if (distances[corner] <= reach) return { grip: 'corner', corner, origin: [...bbox], shape: this.selected.polygon };
    return inside ? { grip: 'move', origin: [...bbox], shape: this.selected.polygon } : { grip: 'draw' };
  }

  spread() {
    const [a, b] = [...this.pointers.values()];
    return { distance: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return this.hover(event);
    const point = this.at(event);
    this.pointers.set(event.pointerId, point);
    const g = this.gesture;
    if (!g) return;
    if (g.kind === 'pinch') {
      if (this.pointers.size < 2) return;
      const now = this.spread();
      this.zoomAt(now.distance / Math.max(1, g.distance), now.middle, [now.middle[0] - g.middle[0], now.middle[1] - g.middle[1]]);
      Object.assign(g, now);
      return;
    }
    if (g.kind === 'tap' && Math.hypot(point[0] - g.start[0], point[1] - g.start[1]) >= (this.touch ? SLOP : 3)) {
      g.kind = g.grip === 'look' ? 'look' : 'drag';
      g.before = structuredClone(this.labels);
    }
    const from = g.point;
    g.point = point;
    if (g.kind === 'look') this.zoomAt(1, point, [point[0] - from[0], point[1] - from[1]]);
    if (g.kind !== 'drag') return;
    const [x0, y0] = this.toFrame(g.start), [x1, y1] = this.toFrame(point);
    if (g.grip === 'draw') g.drawn = [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
    else {
      const scale = this.view().scale;
      const dx = (point[0] - g.start[0]) / scale, dy = (point[1] - g.start[1]) / scale;
      this.place(this.selected, g.grip === 'move' ? this.moved(g.origin, dx, dy) : this.resized(g.origin, g.corner, dx, dy), g.origin, g.shape);
    }
    this.draw();
  }

  moved([x, y, w, h], dx, dy) {
    return [clamp(x + dx, 0, this.size[0] - w), clamp(y + dy, 0, this.size[1] - h), w, h];
  }
  resized([x, y, w, h], corner, dx, dy) {
    let [l, t, r, b] = [x, y, x + w, y + h];
    if (corner === 0 || corner === 3) l = clamp(l + dx, 0, r - SMALLEST); else r = clamp(r + dx, l + SMALLEST, this.size[0]);
    if (corner < 2) t = clamp(t + dy, 0, b - SMALLEST); else b = clamp(b + dy, t + SMALLEST, this.size[1]);
    return [l, t, r - l, b - t];
  }
  /** Gives a label another box; an outline goes along. */
  place(label, bbox, origin = label.bbox, shape = label.polygon) {
    if (shape) {
      const sx = bbox[2] / (origin[2] || 1), sy = bbox[3] / (origin[3] || 1);
      label.polygon = shape.map(([x, y]) => [bbox[0] + (x - origin[0]) * sx, bbox[1] + (y - origin[1]) * sy]);
    }
    label.bbox = bbox;
  }

  up(event, cancelled = false) {
    if (!this.pointers.delete(event.pointerId)) return;
    const g = this.gesture;
    if (!g) return;
    if (g.kind === 'pinch') {
      if (this.pointers.size === 0) this.gesture = null; // a finger left over from a pinch draws nothing
      return;
    }
    if (cancelled) return this.abandon();
    this.gesture = null;
    if (g.kind === 'tap') this.tap(g.start);
    else if (g.kind === 'look') return;
    else if (g.grip !== 'draw') this.host.change(this.selected);
    else if (g.drawn && g.drawn[2] >= SMALLEST && g.drawn[3] >= SMALLEST) this.add(g.drawn);
    this.draw();
  }

  /** A new box. The next stroke draws another: it is not taken in hand, unless `held`. */
  add(bbox, held = false) {
    const label = this.host.make(bbox);
    if (!label) return;
    this.labels.push(label);
    this.host.change(label);
    this.select(held ? label : null);
  }

  abandon() {
    if (this.gesture?.before) {
      const index = this.labels.indexOf(this.selected);
      this.labels.splice(0, this.labels.length, ...this.gesture.before);
      this.selected = this.labels[index] ?? null;
    }
    this.gesture = null;
    this.draw();
  }

  /** The smallest box under a finger: labels first, the selected one last so that a second tap reaches what lies below. */
  tap(point) {
    const slack = (this.touch ? 10 : 4) / this.view().scale;
    const [x, y] = this.toFrame(point);
    const hit = ({ bbox }) => bbox && x >= bbox[0] - slack && y >= bbox[1] - slack && x <= bbox[0] + bbox[2] + slack && y <= bbox[1] + bbox[3] + slack;
    const bySize = (a, b) => a.bbox[2] * a.bbox[3] - b.bbox[2] * b.bbox[3];
    const proposal = this.proposals.filter(hit).sort(bySize)[0];
    const label = this.labels.filter((l) => l !== this.selected && hit(l)).sort(bySize)[0];
    if (proposal && (!label || bySize(proposal, label) < 0)) return this.host.may() && this.host.accept(proposal);
    if (!label && this.selected?.origin === 'accepted' && this.host.may() && hit(this.selected)) return this.host.reject(this.selected);
    this.select(label ?? null);
  }

  wheel(event) {
    if (!this.image) return;
    event.preventDefault();
    if (event.shiftKey) this.zoomAt(1, this.at(event), [-event.deltaX - event.deltaY, 0]);
    else this.zoomAt(Math.exp(-event.deltaY * 0.0016), this.at(event));
  }

  hover(event) {
    if (event.pointerType !== 'mouse') return;
    this.touch = false;
    const { grip, corner } = this.grip(this.at(event));
    this.canvas.style.cursor = grip === 'move' ? 'move' : grip === 'corner' ? (corner % 2 ? 'nesw-resize' : 'nwse-resize') : 'crosshair';
  }

  // ---- keyboard ----

  key(event) {
    if (!this.image || event.ctrlKey || event.metaKey) return;
    const boxes = this.labels.filter((l) => l.bbox);
    const step = event.shiftKey ? 10 : 1;
    const arrow = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (arrow && this.selected?.bbox && this.host.may()) {
      event.preventDefault();
      if (!this.host.ready()) return;
      const bbox = this.selected.bbox;
      this.place(this.selected, event.altKey ? this.resized(bbox, 2, ...arrow) : this.moved(bbox, ...arrow));
      this.host.change(this.selected);
      this.draw();
    } else if (arrow) this.zoomAt(1, [0, 0], [-arrow[0] * 8, -arrow[1] * 8]);
    else if (event.key === 'b' && this.host.may()) {
      if (!this.host.ready()) return;
      const v = this.view();
      const w = this.canvas.clientWidth / v.scale / 4, h = this.canvas.clientHeight / v.scale / 4;
      const [x, y] = this.toFrame([this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]);
      this.add(this.moved([x - w / 2, y - h / 2, w, h], 0, 0), true); // to be moved by the arrows
    } else if ((event.key === 'n' || event.key === 'p') && boxes.length) {
      const index = boxes.indexOf(this.selected) + (event.key === 'n' ? 1 : -1);
      this.select(boxes[(index + boxes.length) % boxes.length]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') this.remove();
    else if (event.key === 'Escape') this.select(null);
    else if (event.key === '+' || event.key === '=' || event.key === '-') this.zoomAt(event.key === '-' ? 0.8 : 1.25, [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]);
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  }

  // ---- drawing ----

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      this.paint();
    });
  }

  paint() {
    const { canvas } = this;
    const { clientWidth: cw, clientHeight: ch } = canvas;
    if (!cw) return;
    const ratio = Math.min(3, devicePixelRatio || 1);
    if (canvas.width !== Math.round(cw * ratio) || canvas.height !== Math.round(ch * ratio)) {
      canvas.width = Math.round(cw * ratio);
      canvas.height = Math.round(ch * ratio);
    }
    const g = canvas.getContext('2d');
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, cw, ch);
    if (!this.image) return;
    const v = this.view();
    g.drawImage(this.image, v.x, v.y, this.size[0] * v.scale, this.size[1] * v.scale);
    for (const proposal of this.proposals) if (proposal.bbox) this.box(g, proposal, 'proposal');
    for (const label of this.labels) if (label.bbox && label !== this.selected) this.box(g, label, 'label');
    for (const bbox of this.nameless) this.box(g, { bbox }, 'label');
    if (this.selected?.bbox) this.box(g, this.selected, 'selected');
    if (this.gesture?.drawn) this.box(g, { category: this.host.current(), bbox: this.gesture.drawn }, 'label');
    if (this.touch && this.gesture?.kind === 'drag') this.loupe(g, this.gesture);
    this.host.zoomed(this.zoom > 1.01);
    if (!this.fresh) return;
    this.fresh = false;
    this.host.painted();
  }

  box(g, { category, bbox, polygon, score }, kind) {
    const [l, t, r, b] = this.onCanvas(bbox);
    const colour = this.host.colour(category);
    const outline = () => {
      g.beginPath();
      if (!polygon) return g.rect(l, t, r - l, b - t);
      const v = this.view();
      for (const [x, y] of polygon) g.lineTo(v.x + x * v.scale, v.y + y * v.scale);
      g.closePath();
    };
    outline();
    g.setLineDash(kind === 'proposal' ? [7, 5] : []);
    if (kind === 'selected') { g.globalAlpha = 0.16; g.fillStyle = colour; g.fill(); g.globalAlpha = 1; }
    g.lineJoin = 'round';
    g.lineWidth = 4.5; g.strokeStyle = 'rgb(255 255 255 / .75)'; g.stroke(); // a light rim, so that the colour shows on any picture
    g.lineWidth = kind === 'selected' ? 3 : 2.4; g.strokeStyle = colour; g.stroke();
    g.setLineDash([]);
    if (kind === 'proposal') this.flag(g, `${category} ${score.toFixed(2)}`, colour, [l, t]);
    if (kind !== 'selected') return;
    this.corners(bbox).forEach(([x, y], i) => {
      g.beginPath(); g.moveTo(i % 3 ? r : l, i < 2 ? t : b); g.lineTo(x, y); g.lineWidth = 2; g.stroke(); // where it stands off
      g.beginPath(); g.arc(x, y, HANDLE, 0, 7); g.fillStyle = '#fff'; g.fill();
      g.lineWidth = 3; g.stroke();
    });
  }

  /** A name at a box's corner, inside the picture, black or white by what can be read on the colour. */
  flag(g, text, colour, [l, t]) {
    g.font = '600 11px system-ui, sans-serif';
    const width = g.measureText(text).width + 10;
    const x = clamp(l, 0, Math.max(0, this.canvas.clientWidth - width)), y = Math.max(0, t);
    const [red, green, blue] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    g.fillStyle = colour; g.beginPath(); g.roundRect(x, y, width, 17, 3); g.fill();
    g.fillStyle = 0.299 * red + 0.587 * green + 0.114 * blue > 150 ? '#000' : '#fff';
    g.fillText(text, x + 5, y + 12.5);
  }

  /** What lies under the finger, enlarged in the far corner. */
  loupe(g, { point }) {
    if (this.gesture.grip === 'move') return;
    const radius = 46, times = 2.2, v = this.view();
    const cw = this.canvas.clientWidth;
    const x = point[0] < cw / 2 ? cw - radius - 10 : radius + 10, y = radius + 10;
    g.save();
    g.beginPath(); g.arc(x, y, radius, 0, 7); g.clip();
    g.fillStyle = '#000'; g.fill();
    g.translate(x - point[0] * times, y - point[1] * times);
    g.scale(times, times);
    g.drawImage(this.image, v.x, v.y, this.size[0] * v.scale, this.size[1] * v.scale);
    const bbox = this.gesture.drawn ?? this.selected?.bbox;
    if (bbox) { const [l, t, r, b] = this.onCanvas(bbox); g.lineWidth = 1.2; g.strokeStyle = '#fff'; g.strokeRect(l, t, r - l, b - t); }
    g.restore();
    g.beginPath(); g.arc(x, y, radius, 0, 7); g.lineWidth = 2.5; g.strokeStyle = '#fff'; g.stroke();
    g.beginPath(); g.moveTo(x - 6, y); g.lineTo(x + 6, y); g.moveTo(x, y - 6); g.lineTo(x, y + 6); g.lineWidth = 1.5; g.stroke();
  }
}
