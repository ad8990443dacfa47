// Training: the button, the run in progress, trainings and models so far.
import { $, api, busy, duration, h, hush, on, percent, plural, say, score, when } from './api.js';

const OVER = ['done', 'failed', 'cancelled'];
let here = false;
let trainings = [];
let models = [];
let all = false; // whether every experiment is shown
let spoken = '';
let left = null; // seconds the device reckons with

export function enter() {
  here = true;
  refresh();
}
export function leave() { here = false; }

async function refresh() {
  if (!here) return;
  try {
    const [status, runs, made, categories] = await Promise.all([api('status'), api('trainings?limit=50'), api('models?limit=50'), api('categories')]);
    trainings = runs.items;
    models = made.items;
    left = status.training?.time_left_s ?? null;
    ready(status.store?.labelled ?? 0, categories.items);
    render();
  } catch (error) { say(error); }
}

/** What is there to train on. The device has the last word: its answer to Train is shown as it is. */
function ready(labelled, categories) {
  $('ready-count').textContent = labelled;
  $('ready-unit').textContent = labelled === 1 ? 'labelled frame' : 'labelled frames';
  $('ready-hint').textContent = !categories.length ? 'First add a category and label some frames.'
    : labelled < 10 ? `Label about ${10 - labelled} more for a first result; 50 make it a good one.`
      : labelled < 50 ? 'Enough for a first result; 50 make it a good one.'
        : 'Enough to train on. More variety always helps.';
}

const running = () => trainings.find((t) => !OVER.includes(t.state) && t.state !== 'queued') ?? trainings.find((t) => t.state === 'queued');
const best = (training) => Math.max(0, ...training.experiments.map((x) => x.metrics.ap50));

function render() {
  const now = running();
  $('running').hidden = !now;
  if (now) progress(now);
  $('start').textContent = now ? 'Train once more after this' : 'Train';
  $('start').classList.toggle('primary', !now);
  $('ready-hint').hidden = Boolean(now);
  $('trainings').replaceChildren(...(trainings.length ? trainings.map(row) : [h('li', { class: 'empty-row' }, 'None yet.')]));
  $('models').replaceChildren(...(models.length ? models.map(modelRow) : [h('li', { class: 'empty-row' }, 'A training makes the first.')]));
  $('rollback').hidden = models.length < 2 || !models.some((m) => m.deployed);
}

function progress(training) {
  const card = $('running');
  if (card.dataset.id !== training.id) {
    card.dataset.id = training.id;
    card.className = 'card';
    card.replaceChildren(h('div', { class: 'headline' }, h('span', { class: 'what' }), h('span', { class: 'num' })), h('progress', { max: 1, 'aria-label': 'Progress of the training' }), h('p', { class: 'state figures' }),
      h('ul', { class: 'bars', 'aria-label': 'Experiments by AP50' }), h('div', { class: 'row' },
        h('a', { class: 'button grow', href: `#/trainings/${training.id}` }, 'Flip book'),
        h('button', { class: 'all grow', onclick: () => { all = !all; render(); } }),
        h('button', { class: 'danger', 'data-needs': 'labeller', onclick: (event) => busy(event.target, async () => { take(await api(`trainings/${training.id}`, { method: 'DELETE' })); }) }, 'Cancel')));
  }
  const find = (selector) => card.querySelector(selector);
  const alive = training.experiments.filter((x) => x.state === 'training' || x.state === 'done').length;
  find('.what').textContent = training.activity || training.state;
  find('.headline .num').textContent = `${percent(training.progress)} %`;
  find('progress').value = training.progress;
  find('.state').textContent = [training.epoch ? `Epoch ${training.epoch} of ${training.epochs}` : training.state, `rung ${training.rung}`, `${alive} of ${training.experiments.length} experiments`,
    duration((Date.now() - new Date(training.created)) / 1000), left && `${duration(left)} left`, training.device].filter(Boolean).join(' · ');
  const weak = (x) => x.state === 'stopped' || x.state === 'diverged';
  const sorted = [...training.experiments].sort((a, b) => weak(a) - weak(b) || b.metrics.ap50 - a.metrics.ap50);
  find('.bars').replaceChildren(...sorted.slice(0, all ? undefined : 6).map((x) => h('li', { class: weak(x) ? 'out' : '' },
    h('span', { class: 'bar', share: x.metrics.ap50 }),
    h('span', { class: 'what' }, `rate ${Number(x.hyperparameters.learning_rate.toPrecision(2))} · width ${x.hyperparameters.width}${weak(x) ? ` · ${x.state} at ${x.epoch}` : ''}`),
    h('span', { class: 'num' }, score(x.metrics.ap50)))));
  find('.all').textContent = all ? 'Best six' : `All ${training.experiments.length}`;
  // Spoken at each tenth, not at each epoch.
  const words = `${training.state}, ${Math.floor(training.progress * 10) * 10} percent, best AP50 ${score(best(training))}`;
  if (words.split(',').slice(0, 2).join() !== spoken) {
    spoken = words.split(',').slice(0, 2).join();
    $('train-said').textContent = words;
  }
}

function row(training) {
  const bad = training.state === 'failed', good = training.state === 'done';
  const text = training.error ?? training.verdict ?? (OVER.includes(training.state) ? '' : training.activity);
  const size = training.split.training ? `${training.split.training} + ${training.split.validation} frames · ${plural(training.epoch, 'epoch')}` : '';
  return h('li', {}, h('a', { href: `#/trainings/${training.id}` },
    h('span', { class: 'main' }, when(training.created), size && h('small', {}, size), text && h('small', {}, text)),
    h('span', { class: 'side' }, h('span', { class: `badge ${bad ? 'bad' : good ? 'good' : ''}` }, training.state),
      training.epoch > 0 && h('span', { class: 'num' }, `AP50 ${score(best(training))}`))));
}

function modelRow(model) {
  return h('li', {},
    h('span', { class: 'main' }, `AP50 ${score(model.metrics.ap50)}`, h('small', {}, [when(model.created), model.base, `${(model.bytes / 1e6).toFixed(1)} MB`].join(' · '))),
    h('a', { class: 'button', 'data-needs': 'admin', href: `api/v1/models/${model.id}/model.onnx`, download: '', 'aria-label': 'Download this model as ONNX' }, 'ONNX'),
    model.deployed ? h('span', { class: 'badge good' }, 'live') : h('button', { 'data-needs': 'admin', onclick: (event) => busy(event.target, async () => { await api(`models/${model.id}/deploy`, { method: 'POST' }); await refresh(); }) }, 'Deploy'));
}

/** A training's newest record. */
function take(training) {
  if (!training?.id) return;
  const index = trainings.findIndex((t) => t.id === training.id);
  const before = trainings[index];
  if (index >= 0) trainings[index] = training;
  else trainings.unshift(training);
  if (!here) return;
  render();
  if (before && !OVER.includes(before.state) && OVER.includes(training.state)) {
    $('train-said').textContent = `Training ${training.state}. ${training.verdict ?? training.error ?? ''}`;
    if (training.state === 'failed') say(training.error ?? 'The training failed.');
    else if (training.verdict) say(training.verdict, 'info');
    refresh();
  }
}

$('start').onclick = () => busy($('start'), async () => {
  hush();
  take(await api('trainings', { method: 'POST', body: {} }));
});
$('rollback').onclick = () => busy($('rollback'), async () => {
  await api('models/rollback', { method: 'POST' });
  await refresh();
});
on('training', take);
on('deployed', refresh);
on('open', refresh);
on('poll', refresh);
