//! How much is borne of a camera, and when it is given up.

use crate::camera::thinning::{Grab, Jpeg, MOST_DAMAGED};
use std::io;

/// What came of waiting for a buffer.
#[derive(Debug)]
pub enum Came {
    Buffer(Grab),
    /// The camera has another format now, so that nothing is known of the buffer.
    Reformatted,
}

/// What to do next.
#[derive(Debug)]
pub enum Next {
    Give(Jpeg),
    /// Wait for another buffer.
    Again,
    /// The stream is silent: start it anew.
    Restart,
    /// Only damaged frames came.
    Broken,
    /// It is silent though it was started anew.
    Silent,
    /// The format is another one than was agreed on.
    Reformatted,
    /// The device failed.
    Failed(io::Error),
}

/// How much is borne while waiting for one frame.
#[derive(Debug, Default)]
pub struct Patience {
    damaged: u32,
    restarted: bool,
}

impl Patience {
    /// What to do about what came.
    pub fn judge(&mut self, came: io::Result<Came>) -> Next {
        match came {
            Ok(Came::Buffer(Grab::Frame(jpeg))) => Next::Give(jpeg),
            Ok(Came::Buffer(Grab::Skipped)) => Next::Again,
            Ok(Came::Reformatted) => Next::Reformatted,
            Ok(Came::Buffer(Grab::Damaged)) => {
                self.damaged += 1;
                if self.damaged < MOST_DAMAGED { Next::Again } else { Next::Broken }
            }
            Err(error) if error.kind() != io::ErrorKind::TimedOut => Next::Failed(error),
            Err(_) if self.restarted => Next::Silent,
            Err(_) => {
                self.restarted = true;
                Next::Restart
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::thinning::Thinning;
    use bytes::Bytes;
    use std::time::{Duration, Instant};

    fn jpeg() -> Option<Jpeg> {
        Some(Jpeg { bytes: Bytes::from_static(b"jpeg"), width: 640, height: 480 })
    }

    /// Buffers at 30 a second, of which `damaged` says which are; what the wait for the next frame ends with, and after
    /// how many buffers.
    fn wait(thinning: &mut Thinning, clock: &mut Instant, damaged: impl Fn(u32) -> bool) -> (Next, u32) {
        let mut patience = Patience::default();
        for buffer in 1.. {
            *clock += Duration::from_secs(1) / 30;
            match patience.judge(Ok(Came::Buffer(thinning.grab(*clock, || jpeg().filter(|_| !damaged(buffer)))))) {
                Next::Again => {}
                next => return (next, buffer),
            }
        }
        unreachable!("the wait ends")
    }

    #[test]
    fn a_fast_camera_with_a_small_rate_is_never_broken() {
        // A frame every 100 s: 3,000 buffers between two of them.
        let (mut thinning, mut clock) = (Thinning::new(0.01), Instant::now());
        for expected in [1..=1, 2250..=2251, 2250..=2251] {
            let (next, buffers) = wait(&mut thinning, &mut clock, |_| false);
            assert!(matches!(next, Next::Give(_)) && expected.contains(&buffers), "{next:?} after {buffers}");
        }
        // What is passed over is not looked at, so damage there counts for nothing.
        let (next, _) = wait(&mut thinning, &mut clock, |buffer| buffer < 2200);
        assert!(matches!(next, Next::Give(_)), "{next:?}");
    }

    #[test]
    fn a_camera_that_sends_only_damage_is_broken() {
        let (mut thinning, mut clock) = (Thinning::new(1.0), Instant::now());
        let (next, buffers) = wait(&mut thinning, &mut clock, |_| true);
        assert!(matches!(next, Next::Broken) && buffers == MOST_DAMAGED, "{next:?} after {buffers}");
        // A whole frame among them is enough; the count begins anew with it.
        for _ in 0..3 {
            let (next, _) = wait(&mut thinning, &mut clock, |buffer| buffer % 25 != 0);
            assert!(matches!(next, Next::Give(_)), "{next:?}");
        }
    }

    #[test]
    fn a_silent_stream_is_started_anew_once() {
        let mut patience = Patience::default();
        let silence = || Err(io::Error::from(io::ErrorKind::TimedOut));
        assert!(matches!(patience.judge(silence()), Next::Restart));
        assert!(matches!(patience.judge(Ok(Came::Buffer(Grab::Skipped))), Next::Again));
        assert!(matches!(patience.judge(silence()), Next::Silent));
        let gone = Patience::default().judge(Err(io::Error::from_raw_os_error(19)));
        assert!(matches!(gone, Next::Failed(error) if error.raw_os_error() == Some(19)));
    }
}
