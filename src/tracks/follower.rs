//! Follows one box from picture to picture by what it looks like.
//!
//! In each picture the box is looked for around where it should be by now (constant speed): coarsely at every place, the
//! best few places then finely, with its size (climbing from sample to sample in ever smaller steps). Two patches are
//! compared: the one that somebody drew, which does not drift, and one that follows what is seen, as objects turn and
//! light changes (a running mean, as in D. S. Bolme et al., "Visual Object Tracking using Adaptive Correlation Filters",
//! 2010, section 3.4). Unsure is what is not alike enough, and what has a rival elsewhere that is as good (their peak to
//! sidelobe ratio asks the same). What was there already while it was elsewhere is passed over. What is covered for a moment is
//! waited for.

use super::patch::{Likeness, Patch};
use super::sight::{Glance, Hues, Rect, Sight};
use std::rc::Rc;

/// Samples along the longer side: at every place, and at the best ones.
const COARSE: usize = 12;
const FINE: usize = 24;
/// How far around the expected place is looked, in longer sides of the box; and as long as its speed is not known.
const REACH: f32 = 0.9;
const FIRST_REACH: f32 = 2.0;
/// What a place loses by being a longer side away from the expected one.
const AWAY: f32 = 0.12;
const FIRST_AWAY: f32 = 0.06;
/// Places that are looked at finely, and by how much they may be worse than the best, coarsely.
const PLACES: usize = 3;
const WORSE: f32 = 0.15;
/// Every so many samples a place is tried: likeness falls off over several.
const STRIDE: usize = 2;
/// The likeness from which a place is taken for the object; and from which the patch follows it.
const SURE: f32 = 0.55;
const FOLLOWS: f32 = 0.7;
/// By this much the best place must be better than any other.
const RIVAL: f32 = 0.05;
/// Share of what is seen now in the patch that follows.
const SHARE: f32 = 0.2;
/// First step of the size, as a logarithm; what a step of that length from picture to picture costs.
const GROWTH: f32 = 0.06;
const GROWTH_COST: f32 = 0.01;
/// How often the steps are halved: to an eighth of a fine sample.
const HALVINGS: usize = 4;
/// Turns of climbing at most.
const TURNS: usize = 24;
/// Seconds, and pictures at least, for which it is waited for.
const PATIENCE: f64 = 1.2;
const LEAST_WAITED: u32 = 2;
/// Part of the box inside of the picture, below which it has left.
const LEAST_INSIDE: f32 = 0.2;
/// Overlap from which a detection is the object, where it was found, and where it was only expected.
const DETECTED: f32 = 0.6;
const DETECTED_INSTEAD: f32 = 0.4;
/// The likeness from which something was there before, and the part of it that must have been seen then.
const STOOD: f32 = 0.8;
const LEAST_STOOD: f32 = 0.3;
/// By this much it must be more alike without what lies in boxes of others, to be taken to be behind them.
const BEHIND: f32 = 0.08;
/// Part of the samples in a box that must be no other object's, to leave those out that are.
const LEAST_OWN: f32 = 0.35;
/// How far the box goes towards a detection.
const TOWARDS: f32 = 0.7;

/// What became of the box in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// There, this likely; `alike` to what it was where it began.
    Sure { score: f32, alike: f32 },
    /// Nothing there is like it enough.
    Unsure,
    /// It left the picture.
    Out,
}

/// Where a model sees something of the category.
#[derive(Clone, Copy, Debug)]
pub struct Sighted {
    pub rect: Rect,
    pub score: f32,
}

struct Looks {
    coarse: Patch,
    fine: Patch,
}

impl Looks {
    fn of(sight: &Sight, rect: Rect, others: &[Rect]) -> Self {
        let mut seen = Vec::new();
        let mut patch = |long: usize| {
            let (columns, rows) = Patch::grid(rect.width, rect.height, long);
            own(sight, rect, (columns, rows), others, &mut seen);
            Patch::new(columns, rows, &seen)
        };
        Self { coarse: patch(COARSE), fine: patch(FINE) }
    }
}

/// Samples of a box, without those that lie in boxes of other objects: nobody knows which of them is in front. All of them, where
/// too few would be left.
fn own(sight: &Sight, rect: Rect, (columns, rows): (usize, usize), others: &[Rect], seen: &mut Vec<Option<Hues>>) {
    sight.look(rect, columns, rows, seen);
    let Some(covered) = covered(rect, (columns, rows), others) else { return };
    let there = seen.iter().flatten().count();
    let left = seen.iter().zip(&covered).filter(|(seen, covered)| seen.is_some() && !**covered).count();
    if left as f32 >= LEAST_OWN * there as f32 {
        seen.iter_mut().zip(covered).filter(|(_, covered)| *covered).for_each(|(seen, _)| *seen = None);
    }
}

/// Which samples of a box lie in boxes of others; `None` where none does.
fn covered(rect: Rect, (columns, rows): (usize, usize), others: &[Rect]) -> Option<Vec<bool>> {
    let upon: Vec<&Rect> = others.iter().filter(|other| other.common(rect) > 0.0).collect();
    let place = |i: usize| rect.sample(i % columns, i / columns, (columns, rows));
    let covered = |i: usize| upon.iter().any(|other| other.holds(place(i)));
    (!upon.is_empty()).then(|| (0..columns * rows).map(covered).collect())
}

/// A place at which it may be.
#[derive(Clone, Copy)]
struct Place {
    rect: Rect,
    like: f32,
    drawn: f32,
    inside: f32,
    /// `like`, less what it costs to be there.
    worth: f32,
}

/// A box that is followed.
pub struct Follower {
    /// What the picture looked like in which it began, and where it was there.
    begun: (Rc<Glance>, Rect),
    rect: Rect,
    /// Where and when it was last seen.
    last: (Rect, f64),
    /// Working pixels a second.
    speed: Option<(f32, f32)>,
    time: f64,
    drawn: Looks,
    now: Looks,
    /// What the drawn patch counts.
    trust: f32,
    missed: u32,
    /// It was seen in this picture well enough to learn from.
    learns: bool,
}

impl Follower {
    /// Begins with a box of the picture of which `glance` is kept; `speed` as far as it is known. In `others` lie other objects.
    pub fn new(
        sight: &Sight,
        glance: Rc<Glance>,
        rect: Rect,
        time: f64,
        speed: Option<(f32, f32)>,
        others: &[Rect],
    ) -> Self {
        let looks = || Looks::of(sight, rect, others);
        let (begun, last, drawn, now) = ((glance, rect), (rect, time), looks(), looks());
        Self { begun, rect, last, speed, time, drawn, now, trust: 0.5, missed: 0, learns: false }
    }

    /// Where it is, if it was found in the picture of the last step.
    pub fn found(&self) -> Option<Rect> {
        (self.missed == 0).then_some(self.rect)
    }

    /// Takes over what it looks like now; in `others` lie other objects.
    pub fn learn(&mut self, sight: &Sight, others: &[Rect]) {
        if !std::mem::take(&mut self.learns) {
            return;
        }
        let mut seen = Vec::new();
        for patch in [&mut self.now.coarse, &mut self.now.fine] {
            own(sight, self.rect, (patch.columns, patch.rows), others, &mut seen);
            patch.follow(&seen, SHARE);
        }
    }

    /// Working pixels a second, forwards in time.
    pub fn speed(&self) -> Option<(f32, f32)> {
        self.speed
    }

    /// It was waited for long enough.
    pub fn is_lost(&self) -> bool {
        self.missed > LEAST_WAITED && (self.time - self.last.1).abs() > PATIENCE
    }

    /// There is no picture of this moment.
    pub fn pass(&mut self, time: f64) -> Rect {
        self.rect = self.expected(time);
        self.time = time;
        self.missed += 1;
        self.rect
    }

    pub fn expected(&self, time: f64) -> Rect {
        let (dx, dy) = self.speed.unwrap_or_default();
        let dt = (time - self.time) as f32;
        self.rect.moved(dx * dt, dy * dt)
    }

    /// Looks for it in the next picture.
    pub fn step(&mut self, sight: &Sight, time: f64, sighted: &[Sighted], others: &[Rect]) -> (Rect, Seen) {
        let expected = self.expected(time);
        self.time = time;
        let found = self.find(sight, expected, others);
        let sure = found.filter(|place| place.like >= SURE);
        let at = sure.map_or(expected, |place| place.rect);
        let least = if sure.is_some() { DETECTED } else { DETECTED_INSTEAD };
        let detected = sighted.iter().map(|s| (overlap(s.rect, at, sight), s)).max_by(|a, b| a.0.total_cmp(&b.0));
        let detected = detected.filter(|(iou, _)| *iou >= least).map(|(_, sighted)| sighted);
        if inside(at, sight) < LEAST_INSIDE && detected.is_none() {
            self.rect = at;
            self.missed += 1;
            return (at, Seen::Out);
        }
        let (rect, score, alike) = match (sure, detected) {
            (None, None) => {
                self.rect = expected;
                self.missed += 1;
                return (expected, Seen::Unsure);
            }
            (Some(place), None) => (place.rect, place.like, place.drawn),
            (place, Some(sighted)) => {
                // A model sees what is in the picture only.
                let whole = inside(at, sight) > 0.97;
                let rect = if whole { between(at, sighted.rect, TOWARDS) } else { at };
                let (like, drawn) = place.map_or((0.0, 0.0), |place| (place.like, place.drawn));
                (rect, like.max(sighted.score), drawn.max(sighted.score))
            }
        };
        self.take(rect, time, sure);
        (rect, Seen::Sure { score: score.clamp(0.0, 1.0), alike })
    }

    fn take(&mut self, rect: Rect, time: f64, sure: Option<Place>) {
        let span = (time - self.last.1) as f32;
        if span != 0.0 {
            let now = ((rect.x - self.last.0.x) / span, (rect.y - self.last.0.y) / span);
            self.speed = Some(match self.speed {
                // The first counts in full; later ones are smoothed, as boxes tremble.
                Some((x, y)) => (x + 0.5 * (now.0 - x), y + 0.5 * (now.1 - y)),
                None => now,
            });
        }
        (self.rect, self.last, self.missed) = (rect, (rect, time), 0);
        let Some(place) = sure else { return };
        self.trust = 0.5 * ((place.drawn - 0.2) / 0.4).clamp(0.0, 1.0);
        self.learns = place.like >= FOLLOWS;
    }

    /// The best place, unless there is another as good.
    fn find(&self, sight: &Sight, expected: Rect, others: &[Rect]) -> Option<Place> {
        let mut places: Vec<Place> = self
            .places(sight, expected, others)
            .into_iter()
            .map(|rect| self.climb(sight, rect, expected, others))
            .collect();
        places.retain(|place| !self.stood(sight, place.rect));
        places.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        let best = *places.first()?;
        let apart = |p: &&Place| (p.rect.x - best.rect.x).hypot(p.rect.y - best.rect.y) > 0.5 * best.rect.long();
        let rival = places.iter().find(apart).is_some_and(|p| p.worth > best.worth - RIVAL);
        (!rival).then_some(best)
    }

    /// Whether the same was there already as the object was elsewhere.
    fn stood(&self, sight: &Sight, rect: Rect) -> bool {
        let (glance, own) = &self.begun;
        let (columns, rows) = Patch::grid(rect.width, rect.height, COARSE);
        let mut seen = Vec::new();
        sight.look(rect, columns, rows, &mut seen);
        let before = |column: usize, row: usize| {
            let place = rect.sample(column, row, (columns, rows));
            if own.holds(place) { None } else { glance.at(place) }
        };
        let stood = Patch::new(columns, rows, &seen).like(before);
        stood.inside >= LEAST_STOOD && stood.value >= STOOD
    }

    fn cost(&self, rect: Rect, expected: Rect) -> f32 {
        let away = if self.speed.is_some() { AWAY } else { FIRST_AWAY };
        away * (rect.x - expected.x).hypot(rect.y - expected.y) / expected.long()
    }

    /// The best few places of all within reach, each apart from the others.
    fn places(&self, sight: &Sight, expected: Rect, others: &[Rect]) -> Vec<Rect> {
        let patch = &self.now.coarse;
        let (columns, rows) = (patch.columns, patch.rows);
        let step = (expected.width / columns as f32, expected.height / rows as f32);
        let reach = expected.long() * if self.speed.is_some() { REACH } else { FIRST_REACH };
        let reach = ((reach / step.0) as usize, (reach / step.1) as usize);
        let wide = columns + 2 * reach.0;
        let region = Rect { width: step.0 * wide as f32, height: step.1 * (rows + 2 * reach.1) as f32, ..expected };
        let mut seen: Vec<Option<Hues>> = Vec::new();
        sight.look(region, wide, rows + 2 * reach.1, &mut seen);
        let covered = covered(region, (wide, rows + 2 * reach.1), others);
        let mut found = Vec::new();
        // The expected place is among those that are tried.
        for oy in (reach.1 % STRIDE..=2 * reach.1).step_by(STRIDE) {
            for ox in (reach.0 % STRIDE..=2 * reach.0).step_by(STRIDE) {
                let at = |x: usize, y: usize| (y + oy) * wide + x + ox;
                let Likeness { mut value, inside } = patch.like(|x, y| seen[at(x, y)]);
                if inside < LEAST_INSIDE {
                    continue;
                }
                if let Some(covered) = &covered {
                    let behind = patch.like(|x, y| if covered[at(x, y)] { None } else { seen[at(x, y)] });
                    if behind.inside >= LEAST_OWN {
                        value = value.max(behind.value - BEHIND);
                    }
                }
                let rect = expected.moved((ox as f32 - reach.0 as f32) * step.0, (oy as f32 - reach.1 as f32) * step.1);
                found.push((value - self.cost(rect, expected), rect));
            }
        }
        let mut best = Vec::new();
        let most = found.iter().map(|(worth, _)| *worth).fold(f32::NEG_INFINITY, f32::max);
        found.retain(|(worth, _)| *worth >= most - WORSE);
        while best.len() < PLACES {
            let Some((_, rect)) = found.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            best.push(rect);
            found.retain(|(_, r)| (r.x - rect.x).hypot(r.y - rect.y) > 0.5 * rect.long());
        }
        best
    }

    /// From there to where it is most alike, with its size.
    fn climb(&self, sight: &Sight, from: Rect, expected: Rect, others: &[Rect]) -> Place {
        let mut seen = Vec::new();
        let mut judge = |rect: Rect| {
            let size = (rect.width * rect.height / (expected.width * expected.height)).sqrt().ln() / GROWTH;
            let patch = &self.now.fine;
            sight.look(rect, patch.columns, patch.rows, &mut seen);
            let judge = |at: &dyn Fn(usize, usize) -> Option<Hues>| {
                let now = patch.like(at);
                let drawn = self.drawn.fine.like(at).value;
                let like = self.trust * drawn + (1.0 - self.trust) * now.value;
                let worth = like - self.cost(rect, expected) - GROWTH_COST * size * size;
                Place { rect, like, drawn, inside: now.inside, worth }
            };
            let place = |x: usize, y: usize| y * patch.columns + x;
            let before = judge(&|x, y| seen[place(x, y)]);
            let Some(covered) = covered(rect, (patch.columns, patch.rows), others) else { return before };
            let behind = judge(&|x, y| if covered[place(x, y)] { None } else { seen[place(x, y)] });
            if behind.inside >= LEAST_OWN && behind.worth - BEHIND > before.worth { behind } else { before }
        };
        let mut best = judge(from);
        let (mut step, mut growth) = (from.long() / COARSE as f32, GROWTH);
        let mut halved = 0;
        for _ in 0..TURNS {
            let before = best.worth;
            // The size of what is seen in part only is a guess.
            let axes = if best.inside > 0.7 { 3 } else { 2 };
            for axis in 0..axes {
                let to = |rect: Rect, way: f32| match axis {
                    0 => rect.moved(way * step, 0.0),
                    1 => rect.moved(0.0, way * step),
                    _ => rect.scaled((way * growth).exp()),
                };
                // The other way only where the first was none.
                for way in [1.0, -1.0] {
                    let next = judge(to(best.rect, way));
                    if next.worth > best.worth {
                        best = next;
                        break;
                    }
                }
            }
            if best.worth > before {
                continue;
            }
            if halved == HALVINGS {
                break;
            }
            halved += 1;
            (step, growth) = (step / 2.0, growth / 2.0);
        }
        best
    }
}

/// Part of a rectangle that lies inside of the picture.
fn inside(rect: Rect, sight: &Sight) -> f32 {
    rect.inside(sight.size())
}

/// Intersection over union of a detection and what of the box is in the picture.
fn overlap(detection: Rect, rect: Rect, sight: &Sight) -> f32 {
    let common = detection.common(rect);
    let shown = rect.width * rect.height * inside(rect, sight);
    common / (detection.width * detection.height + shown - common).max(f32::MIN_POSITIVE)
}

fn between(a: Rect, b: Rect, t: f32) -> Rect {
    let mix = |a: f32, b: f32| a + (b - a) * t;
    Rect { x: mix(a.x, b.x), y: mix(a.y, b.y), width: mix(a.width, b.width), height: mix(a.height, b.height) }
}
