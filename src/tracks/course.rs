//! Brings together what was found from both sides: the box of an object in every picture.

use super::edges::Edges;
use super::legs::{Leg, Legs};
use super::runs::{AGREE, ARRIVED, End, Run, Runs, Spot};
use super::said::{Ask, Carried, Course, Why};
use crate::domain::{BBox, LabelOrigin};

/// Part of an object that is in the picture, below which it is not told any more.
const LEAST_SHOWN: f32 = 0.3;
/// Seconds without a sight that are passed over in a straight line, and are sure all the same: too short to be hidden.
const BRIDGED: f64 = 0.5;
/// What a straight line over more than that is worth, and where ways do not agree.
const DOUBT: f32 = 0.3;
/// How far what was never drawn may come into the picture: in pixels, and as a part of what was.
const UNSEEN: (f32, f32) = (4.0, 0.08);

/// Part of a box by which an edge that was cut may be learned to lie inside of it.
const INWARDS: f32 = 0.25;

/// Where an edge lies along the sides of the drawn box; `None` where nobody knows.
type Along = [Option<f32>; 4];

/// The box of a picture before it is cut at the picture's edge.
#[derive(Clone, Copy)]
struct Guess {
    edges: Edges,
    score: f32,
    sure: bool,
}

struct Settled<'a> {
    legs: &'a Legs,
    runs: &'a Runs,
    times: &'a [f64],
    size: (f32, f32),
    /// Of each key, the whole object.
    whole: Vec<Along>,
    course: Course,
}

/// All of an object.
pub fn settle(legs: &Legs, runs: &Runs, times: &[f64], size: (u32, u32)) -> Course {
    let size = (size.0 as f32, size.1 as f32);
    let course = Course { boxes: vec![None; legs.pictures], unknown: vec![false; legs.pictures], asks: vec![] };
    let mut settled = Settled { legs, runs, times, size, whole: vec![], course };
    settled.learn_edges();
    for leg in &legs.legs {
        match *leg {
            Leg::Between { from, to } => settled.between(from, to),
            Leg::After { key, until } => settled.beyond(key, runs.ahead.iter().find(|r| r.key == key), until),
            Leg::Before { from, key } => settled.beyond(key, runs.behind.iter().find(|r| r.key == key), from),
            Leg::Nothing { from, until } => settled.unknown(from, until, Why::Lost),
        }
    }
    for (at, bbox) in &legs.keys {
        settled.course.boxes[*at] = Some(Carried { bbox: *bbox, score: 1.0, origin: LabelOrigin::Drawn, sure: true });
    }
    settled.course.asks.sort_by_key(|ask| ask.picture);
    settled.course
}

impl Settled<'_> {
    fn ask(&mut self, picture: usize, why: Why) {
        self.course.asks.push(Ask { picture, why });
    }

    /// From `at` to `end`, which belongs to it where that goes backwards, nobody knows.
    fn unknown(&mut self, at: usize, end: usize, why: Why) {
        self.ask(at, why);
        let stretch = if end > at { at..end } else { end..at + 1 };
        self.course.unknown[stretch].fill(true);
    }

    /// Edges at which a box was cut are learned from the keys beside it, where both were followed to the same picture.
    fn learn_edges(&mut self) {
        let keys = &self.legs.keys;
        let own = |(_, bbox): &(usize, _)| {
            let known = Edges::of(*bbox).known(self.size);
            [0, 1, 2, 3].map(|e| known[e].then_some(if e < 2 { 0.0 } else { 1.0 }))
        };
        self.whole = keys.iter().map(own).collect();
        // As often as it may have to go from key to key.
        for _ in 0..keys.len() {
            let before = self.whole.clone();
            for leg in &self.legs.legs {
                let Leg::Between { from, to } = *leg else { continue };
                let place = |key| keys.iter().position(|(at, _)| *at == key);
                let (Some(a), Some(b)) = (place(from), place(to)) else { continue };
                self.whole[a] = self.learned(from, to, before[a], before[b]);
                self.whole[b] = self.learned(to, from, before[b], before[a]);
            }
            if self.whole == before {
                break;
            }
        }
    }

    /// What is not known at `key` as it is at `other`, by the median of the pictures in which both were found.
    fn learned(&self, key: usize, other: usize, mut own: Along, others: Along) -> Along {
        let mut seen: [Vec<f32>; 4] = Default::default();
        for at in key.min(other)..=key.max(other) {
            let (Some(here), Some(there)) = (self.found(key, at), self.found(other, at)) else { continue };
            let along = there.edges.at(others).along(here.edges);
            // What is cut at the picture's edge goes on outside of it: else the other was found somewhere else.
            let beyond = |e: usize| if e < 2 { along[e] <= INWARDS } else { along[e] >= 1.0 - INWARDS };
            (0..4).filter(|e| along[*e].is_finite() && beyond(*e)).for_each(|e| seen[e].push(along[e]));
        }
        for (e, mut seen) in seen.into_iter().enumerate().filter(|(e, _)| own[*e].is_none()).collect::<Vec<_>>() {
            seen.sort_by(f32::total_cmp);
            own[e] = seen.get(seen.len() / 2).copied();
        }
        own
    }

    /// Where the box drawn at `key` was found, towards the side on which the picture lies.
    fn found(&self, key: usize, at: usize) -> Option<Spot> {
        if key == at {
            let drawn = |bbox| Spot { edges: Edges::of(bbox), score: Some(1.0), alike: 1.0, doubted: false };
            return self.legs.drawn(key).map(drawn);
        }
        let runs = if at > key { &self.runs.ahead } else { &self.runs.behind };
        runs.iter().find(|run| run.key == key)?.at(at).copied()
    }

    fn whole_at(&self, key: usize) -> Along {
        let place = self.legs.keys.iter().position(|(at, _)| *at == key);
        place.map_or([None; 4], |place| self.whole[place])
    }

    /// The whole object in a picture, as followed from `key`.
    fn guess(&self, key: usize, at: usize) -> Option<Guess> {
        let Spot { edges, score, doubted, .. } = self.found(key, at)?;
        let score = score?;
        let score = if doubted { score.min(DOUBT) } else { score };
        Some(Guess { edges: edges.at(self.whole_at(key)), score, sure: !doubted })
    }

    fn between(&mut self, from: usize, to: usize) {
        let ends = (self.guess(from, from), self.guess(to, to));
        let (Some(start), Some(end)) = ends else { return };
        let span = self.times[to] - self.times[from];
        let share = |at: usize| if span > 0.0 { ((self.times[at] - self.times[from]) / span) as f32 } else { 0.5 };
        // How far each way missed the box to which it led; `None` where it led elsewhere.
        let missed = |key: usize, at: usize, drawn: &Guess| match self.guess(key, at) {
            None => Some([0.0; 4]),
            Some(came) if came.edges.iou(drawn.edges, self.size) < ARRIVED => None,
            Some(came) => Some([0, 1, 2, 3].map(|e| {
                let error = drawn.edges.0[e] - came.edges.0[e];
                if error.is_finite() { error } else { 0.0 }
            })),
        };
        let (ahead, behind) = (missed(from, to, &end), missed(to, from, &start));
        let corrected = |key: usize, at: usize, error: Option<[f32; 4]>, share: f32| {
            let (guess, error) = (self.guess(key, at)?, error?);
            let edges = Edges([0, 1, 2, 3].map(|e| guess.edges.0[e] + error[e] * share));
            Some(Guess { edges, ..guess })
        };
        let mut guesses = vec![Some(start)];
        for at in from + 1..to {
            let t = share(at);
            let pair = (corrected(from, at, ahead, t), corrected(to, at, behind, 1.0 - t));
            guesses.push(match pair {
                (Some(a), Some(b)) if a.edges.iou(b.edges, self.size) >= AGREE => Some(Guess {
                    edges: a.edges.towards(b.edges, t),
                    score: a.score + (b.score - a.score) * t,
                    sure: a.sure && b.sure,
                }),
                (Some(_), Some(_)) => None,
                (one, other) => one.or(other),
            });
        }
        guesses.push(Some(end));
        self.fill(from, &mut guesses);
        let mut doubt: Option<(usize, usize)> = None;
        for (i, guess) in guesses.iter().enumerate().take(to - from).skip(1) {
            let at = from + i;
            // Where nothing of it would show, it goes straight from what was drawn to what was drawn.
            let shown = guess.and_then(|guess| Some((guess.edges.shown(self.size)?, guess)));
            let Some((bbox, guess)) = shown.or_else(|| self.straight(from, to, share(at))) else { continue };
            let origin = LabelOrigin::Interpolated;
            self.course.boxes[at] = Some(Carried { bbox, score: guess.score, origin, sure: guess.sure });
            doubt = match doubt {
                _ if guess.sure => {
                    self.doubted(doubt);
                    None
                }
                None => Some((at, at)),
                Some((first, _)) => Some((first, at)),
            };
        }
        self.doubted(doubt);
    }

    /// In doubt: between two boxes as they were drawn.
    fn straight(&self, from: usize, to: usize, share: f32) -> Option<(BBox, Guess)> {
        let (start, end) = (self.legs.drawn(from)?, self.legs.drawn(to)?);
        let edges = Edges::of(start).towards(Edges::of(end), share);
        Some((edges.shown(self.size)?, Guess { edges, score: DOUBT, sure: false }))
    }

    /// In the middle of a stretch of doubt a box tells most.
    fn doubted(&mut self, doubt: Option<(usize, usize)>) {
        if let Some((first, last)) = doubt {
            self.ask(first + (last - first) / 2, Why::Doubtful);
        }
    }

    /// Gaps go in straight lines from what is known to what is known. The first of the guesses, and the last, is.
    fn fill(&self, first: usize, guesses: &mut [Option<Guess>]) {
        let mut known: Option<usize> = None;
        for i in 0..guesses.len() {
            let Some(here) = guesses[i] else { continue };
            if let Some(from) = known.filter(|from| from + 1 < i)
                && let Some(there) = guesses[from]
            {
                let time = |i: usize| self.times[first + i];
                let span = time(i) - time(from);
                let sure = span <= BRIDGED && there.sure && here.sure;
                let score = if sure { 0.8 * here.score.min(there.score) } else { DOUBT };
                for (gap, guess) in guesses.iter_mut().enumerate().take(i).skip(from + 1) {
                    let t = if span > 0.0 { ((time(gap) - time(from)) / span) as f32 } else { 0.5 };
                    *guess = Some(Guess { edges: there.edges.towards(here.edges, t), score, sure });
                }
            }
            known = Some(i);
        }
    }

    /// From the outermost box of a stretch to its `end`, which is before it for what goes forwards and belongs to it for what
    /// goes backwards.
    fn beyond(&mut self, key: usize, run: Option<&Run>, end: usize) {
        let Some(run) = run else { return };
        let forwards = end > key;
        let step = |n: usize| if forwards { key + n } else { key - n };
        let mut guesses = vec![self.guess(key, key)];
        guesses.extend((1..=run.found.len()).map(|n| self.guess(key, step(n))));
        if forwards {
            self.fill(key, &mut guesses);
        } else {
            guesses.reverse();
            self.fill(step(run.found.len()), &mut guesses);
            guesses.reverse();
        }
        let mut sure = true;
        for (n, guess) in guesses.into_iter().enumerate().skip(1) {
            let Some(guess) = guess else { continue };
            let at = step(n);
            if guess.edges.part_shown(self.size) < LEAST_SHOWN {
                return;
            }
            if self.unseen(key, run, n) {
                return self.unknown(at, end, Why::Unseen);
            }
            let Some(bbox) = guess.edges.shown(self.size) else { return };
            if sure && !guess.sure {
                self.ask(at, Why::Doubtful);
            }
            sure = guess.sure;
            let origin = LabelOrigin::Carried;
            self.course.boxes[at] = Some(Carried { bbox, score: guess.score, origin, sure: guess.sure });
        }
        if run.end == End::Lost {
            self.unknown(step(run.found.len() + 1), end, Why::Lost);
        }
    }

    /// An edge at which the drawn box was cut has come into the picture, and nobody knows where the object ends.
    fn unseen(&self, key: usize, run: &Run, n: usize) -> bool {
        let drawn = run.found[n - 1].edges;
        let rect = drawn.rect(1.0);
        let whole = self.whole_at(key);
        let come = [drawn.0[0], drawn.0[1], self.size.0 - drawn.0[2], self.size.1 - drawn.0[3]];
        let side = [rect.width, rect.height];
        (0..4).any(|e| whole[e].is_none() && come[e] > UNSEEN.0.max(UNSEEN.1 * side[e % 2]))
    }
}
