//! Messages as bytes on a socket: a head (MessagePack, by name), then any number of pieces that are bytes already, each with
//! its length before it. Both ends are the same program, so nothing tells versions apart.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// What of a message is bytes already.
pub type Pieces = Vec<Vec<u8>>;

/// Pieces of a message, at most.
const PIECES: u32 = 16;
/// Bytes of a piece, at most: a checkpoint of many large experiments.
const MOST: u64 = 4 << 30;

/// Writes a message whole.
pub fn send(to: &mut impl Write, message: &impl Serialize, pieces: &[&[u8]]) -> io::Result<()> {
    let head = rmp_serde::to_vec_named(message).map_err(io::Error::other)?;
    to.write_all(&(pieces.len() as u32).to_le_bytes())?;
    for piece in [head.as_slice()].iter().chain(pieces) {
        to.write_all(&(piece.len() as u64).to_le_bytes())?;
        to.write_all(piece)?;
    }
    to.flush()
}

/// Reads a message; `None` where the other end is gone.
pub fn receive<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<(M, Pieces)>> {
    let mut count = [0; 4];
    match from.read_exact(&mut count) {
        Ok(()) => {}
        Err(error) if gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let count = u32::from_le_bytes(count);
    if count > PIECES {
        return Err(io::Error::other(format!("a message of {count} pieces")));
    }
    let head = piece(from)?;
    let pieces = (0..count).map(|_| piece(from)).collect::<io::Result<_>>()?;
    let message = rmp_serde::from_slice(&head).map_err(io::Error::other)?;
    Ok(Some((message, pieces)))
}

/// Whether the other process has ended.
pub fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | BrokenPipe)
}

fn piece(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MOST {
        return Err(io::Error::other(format!("a piece of {length} bytes")));
    }
    // Grows with what comes, not with what was promised.
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Experiment, Fates, FrameId, Label, Point};
    use crate::train::run::hyperparameters;

    fn there_and_back<M: Serialize + DeserializeOwned>(message: &M) -> M {
        let mut bytes = vec![];
        send(&mut bytes, message, &[&[1, 2, 3], &[]]).unwrap();
        let (read, pieces) = receive(&mut bytes.as_slice()).unwrap().unwrap();
        assert_eq!(pieces, [vec![1, 2, 3], vec![]]);
        read
    }

    #[test]
    fn records_come_over_as_they_are() {
        let experiments: Vec<_> = hyperparameters::draw(3, 1).into_iter().map(Experiment::queued).collect();
        assert_eq!(there_and_back(&experiments), experiments);
        let fates = Fates { found: 1, missed: 2, confused: 0, false_alarms: 3, labels: "fmm".into() };
        let points = [Some(fates), None].map(|fates| Point { score: 0.1, loss: 1e-30, confidence: 0.3, fates });
        assert_eq!(there_and_back(&points.to_vec()), points);
        let labels = vec![Label::tag("wet")];
        assert_eq!(there_and_back(&(FrameId::new(), labels.clone())).1, labels);
        // JSON has none of these, and a training that diverges has them all.
        let odd = there_and_back(&[f32::NAN, f32::INFINITY, -0.0].to_vec());
        assert!(odd[0].is_nan() && odd[1].is_infinite() && odd[2].is_sign_negative());
    }

    #[test]
    fn an_end_is_told_from_a_message_cut_short() {
        assert!(receive::<u32>(&mut [].as_slice()).unwrap().is_none());
        let mut bytes = vec![];
        send(&mut bytes, &7u32, &[&[0; 100]]).unwrap();
        assert!(receive::<u32>(&mut &bytes[..50]).is_err());
        let long = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
        assert!(receive::<u32>(&mut long.as_slice()).is_err());
    }
}
