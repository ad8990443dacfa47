// Two small plots on canvas: the learning curve, and the cloud of frames.

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A canvas cleared and scaled to CSS pixels: its context and size, null while it is hidden. */
function sheet(canvas) {
  const { clientWidth: w, clientHeight: h } = canvas;
  if (!w) return null;
  const ratio = Math.min(3, devicePixelRatio || 1);
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const g = canvas.getContext('2d');
  g.scale(ratio, ratio);
  g.font = '11px system-ui, sans-serif';
  return { g, w, h, ink: style('--ink'), muted: style('--muted'), line: style('--line'), validation: style('--accent'), training: style('--second'), card: style('--card') };
}

function frame({ g, w, h, muted, line }, area, xLabel, ticks) {
  g.strokeStyle = line; g.fillStyle = muted; g.lineWidth = 1;
  for (const [value, text] of [[0, '0'], [0.5, '0.5'], [1, '1']]) {
    const y = area.y(value);
    g.beginPath(); g.moveTo(area.left, y); g.lineTo(w - area.right, y); g.stroke();
    g.textAlign = 'right'; g.fillText(text, area.left - 6, y + 4);
  }
  g.textAlign = 'center';
  for (const [x, text] of ticks) g.fillText(text, x, h - 8);
  g.textAlign = 'right'; g.fillText(xLabel, w - area.right, h - 8);
}

/** AP50 of both sides over the epochs, with a mark at `index`. Returns a function from x in CSS pixels to an epoch's index. */
export function drawCurve(canvas, epochs, index) {
  const s = sheet(canvas);
  if (!s || !epochs.length) return () => 0;
  const { g, w, h } = s;
  const area = { left: 34, right: 14, y: (v) => 12 + (1 - v) * (h - 40) };
  const last = Math.max(1, epochs.length - 1);
  const x = (i) => area.left + (i / last) * (w - area.left - area.right);
  frame(s, area, `epoch ${epochs.at(-1).epoch}`, [[x(0) + 4, String(epochs[0].epoch)]]);
  g.strokeStyle = s.muted; g.beginPath(); g.moveTo(x(index), area.y(1)); g.lineTo(x(index), area.y(0)); g.stroke();
  for (const side of ['training', 'validation']) {
    g.strokeStyle = s[side]; g.fillStyle = s[side]; g.lineWidth = 2.4; g.lineJoin = 'round';
    g.beginPath();
    epochs.forEach((e, i) => g.lineTo(x(i), area.y(e.metrics[side].ap50)));
    g.stroke();
    g.beginPath(); g.arc(x(index), area.y(epochs[index].metrics[side].ap50), 4.5, 0, 7); g.fill();
  }
  const metrics = epochs[index].metrics;
  const text = (side) => `${side} ${metrics[side].ap50.toFixed(2)}`;
  canvas.setAttribute('aria-label', `AP50 at epoch ${epochs[index].epoch}: ${text('training')}, ${text('validation')}`);
  g.textAlign = 'left'; g.font = '600 12px system-ui, sans-serif';
  g.fillStyle = s.validation; g.fillText(text('validation'), area.left + 30, h - 8);
  g.fillStyle = s.training; g.fillText(text('training'), area.left + 44 + g.measureText(text('validation')).width, h - 8);
  return (px) => Math.round(Math.min(1, Math.max(0, (px - area.left) / (w - area.left - area.right))) * last);
}

/** A point per frame: score upwards, `axis` (confidence or loss) to the right; the chosen one with its trail. Returns the places, in CSS pixels. */
export function drawScatter(canvas, book, index, axis, chosen, blend = 1) {
  const s = sheet(canvas);
  if (!s || !book.epochs.length) return [];
  const { g, w, h } = s;
  const area = { left: 34, right: 16, y: (v) => 30 + (1 - v) * (h - 60) };
  const most = axis === 'loss' ? spread(book) : 1;
  const x = (v) => area.left + 8 + Math.min(1, v / most) * (w - area.left - area.right - 16);
  frame(s, area, axis === 'loss' ? 'loss →' : 'confidence →', axis === 'loss' ? [[x(0), '0'], [x(most / 2), (most / 2).toPrecision(2)]] : [[x(0), '0'], [x(0.5), '0.5']]);
  g.textAlign = 'left'; g.fillText('score ↑', area.left - 22, 16);
  // Equal points lie beside, not over one another: each frame has its own small, steady offset.
  const place = (i, n) => {
    const p = book.epochs[i].points[n];
    return [x(p[axis]) + Math.sin(n * 12.9898) * 4, area.y(p.score) + Math.cos(n * 78.233) * 4];
  };
  const from = Math.max(0, index - 1);
  const places = book.frames.map((_, n) => {
    const [a, b] = [place(from, n), place(index, n)];
    return [a[0] + (b[0] - a[0]) * blend, a[1] + (b[1] - a[1]) * blend];
  });
  if (chosen >= 0) {
    g.strokeStyle = s.ink; g.globalAlpha = 0.35; g.lineWidth = 1.4; g.beginPath();
    for (let i = 0; i < index; i += 1) g.lineTo(...place(i, chosen));
    g.lineTo(...places[chosen]); g.stroke(); g.globalAlpha = 1;
  }
  const radius = book.frames.length > 150 ? 3.2 : 4.6;
  for (const side of ['training', 'validation']) {
    g.fillStyle = s[side]; g.globalAlpha = 0.72;
    book.frames.forEach((f, n) => {
      if (f.split !== side) return;
      const [px, py] = places[n];
      g.beginPath();
      if (side === 'training') g.arc(px, py, radius, 0, 7);
      else { g.moveTo(px, py - radius * 1.4); g.lineTo(px + radius * 1.4, py); g.lineTo(px, py + radius * 1.4); g.lineTo(px - radius * 1.4, py); }
      g.fill();
    });
  }
  g.globalAlpha = 1;
  if (chosen >= 0) { g.beginPath(); g.arc(...places[chosen], radius + 5, 0, 7); g.strokeStyle = s.ink; g.lineWidth = 2.2; g.stroke(); }
  g.textAlign = 'right'; g.fillStyle = s.validation; g.fillText('◆ validation', w - area.right, 16);
  g.fillStyle = s.training; g.fillText('● training', w - area.right - 80, 16);
  canvas.setAttribute('aria-label', `Score and ${axis} of ${book.frames.length} frames at epoch ${book.epochs[index].epoch}`);
  return places;
}

/** The loss that 95 % of all points stay under: a few that ran away must not squeeze the rest. */
function spread(book) {
  const losses = book.epochs.flatMap((e) => e.points.map((p) => p.loss)).filter(Number.isFinite).sort((a, b) => a - b);
  return losses[Math.floor(losses.length * 0.95)] || 1;
}
